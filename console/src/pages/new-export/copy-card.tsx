import { useState } from 'react'
import type { ExportRequest } from '../../api/client.ts'
import { Segments } from '../../parts/choice.tsx'
import { Card } from '../../parts/layout.tsx'
import { Code, CopyButton } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import { asCommand, asCurl, asSdk } from './copy-as.ts'
import styles from './new-export.module.css'

const WAYS = { curl: asCurl, sdk: asSdk, command: asCommand }

/** The same request for a program. */
export function CopyCard({ request }: { readonly request: ExportRequest | undefined }) {
  const words = texts.newExport.copyAs
  const [way, setWay] = useState<keyof typeof WAYS>('curl')
  const text = request === undefined ? undefined : WAYS[way](request)
  return (
    <Card title={words.title} actions={text === undefined ? null : <CopyButton key={text} text={text} />}>
      <Segments
        label={words.title}
        isLabelHidden
        options={(['curl', 'sdk', 'command'] as const).map((id) => ({ id, label: words.ways[id] }))}
        value={way}
        onChange={setWay}
      />
      {text === undefined ? (
        <p className={styles.soft}>{words.impossible}</p>
      ) : (
        <Code text={text} isWrapped />
      )}
      <p className={styles.soft}>{words.hints[way]}</p>
    </Card>
  )
}
