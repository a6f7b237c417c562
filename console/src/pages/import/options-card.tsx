import { useConnections, writableAmong } from '../../api/connections.ts'
import { useMay } from '../../api/session.tsx'
import { Checkbox, Segments, Select } from '../../parts/choice.tsx'
import { TextField } from '../../parts/field.tsx'
import { Card } from '../../parts/layout.tsx'
import { Failed, Loading, Notice } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './import.module.css'
import type { Look } from './look-at-file.ts'
import type { ImportOptions, Upsert } from './send-file.ts'

const words = texts.importPage.options

interface OptionsProps {
  readonly options: ImportOptions
  readonly isDisabled: boolean
  onChange(part: Partial<ImportOptions>): void
}

export function OptionsCard({ look, ...props }: OptionsProps & { readonly look: Look }) {
  const { options, isDisabled, onChange } = props
  return (
    <Card title={words.title}>
      <div className={styles.options}>
        <ConnectionChoice {...props} />
        <Segments<Upsert>
          label={words.upsert}
          options={(['false', 'overwrite', 'merge'] as const).map((id) => ({ id, label: words.upserts[id] }))}
          value={options.upsert}
          isDisabled={isDisabled}
          hint={words.upsertHints[options.upsert]}
          onChange={(upsert) => onChange({ upsert })}
        />
      </div>
      <Preserve {...props} />
      {options.format === 'csv' ? <CsvOptions {...props} /> : null}
      <details className={styles.more} open={look.format === undefined || look.csv?.hasHeader === false}>
        <summary>{words.more}</summary>
        <div className={styles.options}>
          <Select
            label={words.format}
            options={(['ndjson', 'json', 'csv'] as const).map((id) => ({ id, label: words.formats[id] }))}
            value={options.format}
            isDisabled={isDisabled}
            onChange={(format) => onChange({ format })}
          />
          <TextField
            label={words.externalId}
            hint={words.externalIdHint}
            value={options.externalId}
            isDisabled={isDisabled}
            onChange={(externalId) => onChange({ externalId })}
          />
        </div>
      </details>
    </Card>
  )
}

function ConnectionChoice({ options, isDisabled, onChange }: OptionsProps) {
  const may = useMay('read:connections')
  const { data, error, refetch } = useConnections()
  const { connectionId } = options
  if (!may) {
    return (
      <TextField
        label={words.connectionId}
        hint={words.connectionIdHint}
        value={connectionId}
        isDisabled={isDisabled}
        isCode
        onChange={(id) => onChange({ connectionId: id.trim() })}
      />
    )
  }
  if (error !== null) return <Failed error={error} onTryAgain={() => void refetch()} />
  if (data === undefined) return <Loading lines={2} />
  const writable = writableAmong(data)
  if (writable.length === 0) {
    return (
      <Notice tone="warn">
        <span>{words.noConnections}</span>
      </Notice>
    )
  }
  return (
    <Select<string>
      label={words.connection}
      options={[
        { id: '', label: words.chooseConnection },
        ...writable.map(({ id, name }) => ({ id, label: name })),
      ]}
      value={connectionId}
      isDisabled={isDisabled}
      onChange={(id) => onChange({ connectionId: id })}
    />
  )
}

function Preserve({ options, isDisabled, onChange }: OptionsProps) {
  const may = useMay('update:users_app_metadata')
  return (
    <div>
      <Checkbox
        isSelected={options.preserve}
        isDisabled={isDisabled || !may}
        onChange={(preserve) => onChange({ preserve })}
      >
        {words.preserve}
        <span className={styles.below}>{may ? words.preserveHint : words.preserveScope}</span>
      </Checkbox>
    </div>
  )
}

function CsvOptions({ options, isDisabled, onChange }: OptionsProps) {
  return (
    <div className={styles.options}>
      <Select
        label={words.delimiter}
        options={(['detect', ',', ';', '\t'] as const).map((id) => ({ id, label: words.delimiters[id] }))}
        value={options.delimiter}
        isDisabled={isDisabled}
        onChange={(delimiter) => onChange({ delimiter })}
      />
      <Select
        label={words.guard}
        options={(['detect', 'auth0', 'formula', 'none'] as const).map((id) => ({
          id,
          label: words.guards[id],
        }))}
        value={options.guard}
        isDisabled={isDisabled}
        onChange={(guard) => onChange({ guard })}
      />
      <TextField
        label={words.columns}
        hint={words.columnsHint}
        value={options.columns}
        isDisabled={isDisabled}
        isCode
        onChange={(columns) => onChange({ columns })}
      />
    </div>
  )
}
