import { useState } from 'react'
import { useConnections, writableAmong } from '../../api/connections.ts'
import { Page } from '../../parts/layout.tsx'
import { NeedsScope } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import { FileCard } from './file-card.tsx'
import { type Look, lookAtFile } from './look-at-file.ts'
import { OptionsCard } from './options-card.tsx'
import { RunCard } from './run-card.tsx'
import type { ImportOptions } from './send-file.ts'
import { useSending } from './use-sending.ts'

export default function Import() {
  return (
    <Page title={texts.pages.import} lead={texts.importPage.lead}>
      <NeedsScope scope="create:users">
        <Steps />
      </NeedsScope>
    </Page>
  )
}

const OPTIONS: ImportOptions = {
  connectionId: '',
  upsert: 'false',
  preserve: false,
  format: 'ndjson',
  delimiter: 'detect',
  guard: 'detect',
  columns: '',
  externalId: '',
}

function Steps() {
  const [file, setFile] = useState<File>()
  const [look, setLook] = useState<Look>()
  const [chosen, setChosen] = useState<ImportOptions>(OPTIONS)
  const { data: connections = [] } = useConnections()
  const [only, ...others] = writableAmong(connections)
  const isOnly = only !== undefined && others.length === 0
  const options = { ...chosen, connectionId: chosen.connectionId || (isOnly ? only.id : '') }
  const sending = useSending(file, options)
  const isBusy = sending.run?.kind === 'sending'
  const choose = async (next: File) => {
    sending.forget()
    setFile(next)
    setLook(undefined)
    const seen = await lookAtFile(next)
    setLook(seen)
    // What was said of the columns of one file does not hold for another.
    setChosen((before) => ({ ...before, columns: '', format: seen.format ?? before.format }))
  }
  const change = (part: Partial<ImportOptions>) => {
    sending.forget()
    setChosen({ ...options, ...part })
  }
  return (
    <>
      <FileCard file={file} look={look} isDisabled={isBusy} onFile={(next) => void choose(next)} />
      {file === undefined || look === undefined ? null : (
        <>
          <OptionsCard look={look} options={options} isDisabled={isBusy} onChange={change} />
          <RunCard file={file} look={look} options={options} sending={sending} />
        </>
      )}
    </>
  )
}
