import type { UseQueryResult } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { Failed, Loading } from '../../parts/states.tsx'
import { texts } from '../../texts/texts.ts'
import type { FoundFields } from './asks.ts'
import { type Column, type Draft, FIELD_NAME_LENGTH_MAX } from './draft.ts'
import { FieldsTree } from './fields-tree.tsx'
import { fieldsFor, searched } from './found-fields.ts'
import styles from './new-export.module.css'

interface PickerProps {
  readonly format: Draft['format']
  readonly columns: readonly Column[]
  onAdd(names: readonly string[]): void
  onRemove(names: ReadonlySet<string>): void
}

export function FieldsPicker({
  found,
  ...props
}: PickerProps & { readonly found: UseQueryResult<FoundFields> }) {
  const words = texts.newExport.fields
  const { data, error, refetch } = found
  return (
    <>
      {data === undefined ? (
        error === null ? (
          <Loading lines={6} />
        ) : (
          <>
            <Failed error={error} title={words.failed} onTryAgain={() => void refetch()} />
            <p className={styles.soft}>{words.failedHint}</p>
          </>
        )
      ) : (
        <Found found={data} {...props} />
      )}
      <ByHand onAdd={(name) => props.onAdd([name])} />
    </>
  )
}

function Found({ found, format, columns, onAdd, onRemove }: PickerProps & { readonly found: FoundFields }) {
  const words = texts.newExport.fields
  const [search, setSearch] = useState('')
  const { fields, sampled, is_sample, users, fields_left_out } = found
  const shown = useMemo(() => searched(fieldsFor(format, fields), search), [format, fields, search])
  if (sampled === 0) return <p className={styles.soft}>{words.noUsers}</p>
  return (
    <>
      <TextField label={words.search} type="search" value={search} onChange={setSearch} isCode />
      {shown.length === 0 ? (
        <p className={styles.soft} role="status">
          {words.nothingFound(search)}
        </p>
      ) : (
        <FieldsTree
          fields={shown}
          isSearch={search.trim() !== ''}
          hasStructures={format === 'json'}
          columns={columns}
          onAdd={onAdd}
          onRemove={onRemove}
        />
      )}
      <p className={styles.soft}>
        {words.about(
          fields.filter((field) => field.users > 0).length,
          is_sample ? { sampled, users } : { users },
        )}
        {fields_left_out ? ` ${words.leftOut(fields_left_out)}` : ''}
      </p>
    </>
  )
}

function ByHand({ onAdd }: { onAdd(name: string): void }) {
  const words = texts.newExport.fields
  const [name, setName] = useState('')
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return
    onAdd(name.trim())
    setName('')
  }
  return (
    <form className={styles.withButton} onSubmit={add}>
      <TextField
        label={words.byHand}
        hint={words.byHandHint}
        isCode
        value={name}
        onChange={setName}
        maxLength={FIELD_NAME_LENGTH_MAX}
      />
      <Button type="submit" isDisabled={name.trim() === ''}>
        {words.add}
      </Button>
    </form>
  )
}
