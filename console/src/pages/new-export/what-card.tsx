import { useConnections } from '../../api/connections.ts'
import { useMay } from '../../api/session.tsx'
import { Segments, Select } from '../../parts/choice.tsx'
import { TextField } from '../../parts/field.tsx'
import { Card } from '../../parts/layout.tsx'
import { connectionLabel, SourceNotices } from '../../parts/source-notices.tsx'
import { texts } from '../../texts/texts.ts'
import type { CardProps } from './card-props.ts'
import styles from './new-export.module.css'

export function WhatCard({ draft, change, complaint, problem }: CardProps) {
  const words = texts.newExport.what
  const limitError =
    problem === 'limit' ? words.limitWrong : complaint?.place === 'limit' ? complaint.message : undefined
  return (
    <Card title={words.title}>
      <div className={styles.what}>
        <ConnectionChoice connection={draft.connection} onChange={(connection) => change({ connection })} />
        <TextField
          label={words.limit}
          hint={words.limitHint}
          inputMode="numeric"
          value={draft.limit}
          onChange={(limit) => change({ limit })}
          error={limitError}
        />
        <div className={styles.wide}>
          <Segments
            label={words.format}
            hint={words.formatHints[draft.format]}
            options={[
              { id: 'csv', label: words.formats.csv },
              { id: 'json', label: words.formats.json },
            ]}
            value={draft.format}
            onChange={(format) => change({ format })}
          />
        </div>
      </div>
    </Card>
  )
}

const ALL = 'all'

function ConnectionChoice({
  connection,
  onChange,
}: {
  readonly connection: string
  onChange(connection: string): void
}) {
  const words = texts.newExport.what
  const mayList = useMay('read:connections')
  const { data = [], isError } = useConnections()
  if (!mayList || isError) {
    return (
      <TextField
        label={words.connectionId}
        hint={words.connectionIdHint}
        isCode
        value={connection}
        onChange={(typed) => onChange(typed.trim())}
      />
    )
  }
  const isUnknown = connection !== '' && !data.some(({ id }) => id === connection)
  const options = [
    { id: ALL, label: words.allConnections },
    ...data.map((each) => ({ id: each.id, label: connectionLabel(each) })),
    ...(isUnknown ? [{ id: connection, label: words.unknownConnection(connection) }] : []),
  ]
  return (
    <>
      <Select<string>
        label={words.connection}
        options={options}
        value={connection === '' ? ALL : connection}
        onChange={(id) => onChange(id === ALL ? '' : id)}
      />
      <div className={styles.wide}>
        <SourceNotices connections={data.filter(({ id }) => connection === '' || id === connection)} />
      </div>
    </>
  )
}
