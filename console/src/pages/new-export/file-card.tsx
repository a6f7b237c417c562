import { Checkbox, Segments, Select } from '../../parts/choice.tsx'
import { Card } from '../../parts/layout.tsx'
import { texts } from '../../texts/texts.ts'
import type { CardProps } from './card-props.ts'
import { CsvExample } from './csv-example.tsx'
import { CSV_READERS, choicesFor, readerOf } from './csv-readers.ts'
import { type CsvChoices, SORT_ATTRIBUTES } from './draft.ts'
import styles from './new-export.module.css'

export function FileCard({ draft, change, complaint }: CardProps) {
  const words = texts.newExport.file
  return (
    <Card title={words.title}>
      <div className={styles.two}>
        <Select
          label={words.sort}
          options={(['none', ...SORT_ATTRIBUTES] as const).map((id) => ({ id, label: words.sorts[id] }))}
          value={draft.sort}
          onChange={(sort) => change({ sort })}
          hint={draft.sort === 'none' ? undefined : words.sortHint}
          error={complaint?.place === 'sort' ? complaint.message : undefined}
        />
        {draft.sort === 'none' ? null : (
          <Segments
            label={words.direction}
            options={[
              { id: 'up', label: words.ascending },
              { id: 'down', label: words.descending },
            ]}
            value={draft.isDescending ? 'down' : 'up'}
            onChange={(direction) => change({ isDescending: direction === 'down' })}
          />
        )}
      </div>
      {draft.format === 'csv' ? (
        <CsvOptions
          csv={draft.csv}
          discovers={draft.discovers}
          onChange={(part) => change({ csv: { ...draft.csv, ...part } })}
          onDiscover={(discovers) => change({ discovers })}
        />
      ) : null}
    </Card>
  )
}

function CsvOptions({
  csv,
  discovers,
  onChange,
  onDiscover,
}: {
  readonly csv: CsvChoices
  readonly discovers: boolean
  onChange(part: Partial<CsvChoices>): void
  onDiscover(discovers: boolean): void
}) {
  const words = texts.newExport.file
  const reader = readerOf(csv)
  return (
    <>
      <h3>{words.csv}</h3>
      <Select
        label={words.reader}
        options={[
          ...CSV_READERS.map((id) => ({ id, label: words.readers[id] })),
          ...(reader === undefined ? [{ id: 'own' as const, label: words.readers.own }] : []),
        ]}
        value={reader ?? 'own'}
        onChange={(chosen) => chosen !== 'own' && onChange(choicesFor(chosen))}
        hint={words.readerHint}
      />
      <Segments
        label={words.guard}
        hint={words.guardHints[csv.guard]}
        options={(['auth0', 'formula', 'none'] as const).map((id) => ({ id, label: words.guards[id] }))}
        value={csv.guard}
        onChange={(guard) => onChange({ guard })}
      />
      <div className={styles.two}>
        <Segments
          label={words.delimiter}
          hint={words.delimiterHint}
          options={([',', ';', '\t'] as const).map((id) => ({ id, label: words.delimiters[id] }))}
          value={csv.delimiter}
          onChange={(delimiter) => onChange({ delimiter })}
        />
        <Segments
          label={words.newline}
          hint={words.newlineHint}
          options={(['\n', '\r\n'] as const).map((id) => ({ id, label: words.newlines[id] }))}
          value={csv.newline}
          onChange={(newline) => onChange({ newline })}
        />
      </div>
      <div className={styles.flags}>
        <Checkbox isSelected={csv.header} onChange={(header) => onChange({ header })}>
          {words.header}
        </Checkbox>
        <Checkbox isSelected={csv.bom} onChange={(bom) => onChange({ bom })}>
          {words.bom}
        </Checkbox>
        <Checkbox isSelected={discovers} onChange={onDiscover}>
          {words.discover}
        </Checkbox>
      </div>
      <CsvExample csv={csv} />
    </>
  )
}
