import { type FormEvent, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { Row } from '../../parts/layout.tsx'
import { Notice } from '../../parts/states.tsx'
import { UserText } from '../../parts/text.tsx'
import { texts } from '../../texts/texts.ts'
import { type Column, draftOf } from './draft.ts'
import styles from './new-export.module.css'
import { type Preset, storedPresets, storePresets } from './presets.ts'

export function Presets({
  columns,
  onLoad,
}: {
  readonly columns: readonly Column[]
  onLoad(columns: readonly Column[]): void
}) {
  const words = texts.newExport.columns
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button isSmall onPress={() => setOpen(true)}>
        {words.presets}
      </Button>
      {isOpen ? (
        <PresetsDialog
          columns={columns}
          onClose={() => setOpen(false)}
          onLoad={(loaded) => {
            onLoad(loaded)
            setOpen(false)
          }}
        />
      ) : null}
    </>
  )
}

function PresetsDialog({
  columns,
  onLoad,
  onClose,
}: {
  readonly columns: readonly Column[]
  onLoad(columns: readonly Column[]): void
  onClose(): void
}) {
  const words = texts.newExport.columns
  const [presets, setPresets] = useState(storedPresets)
  const [isRefused, setRefused] = useState(false)
  const store = (next: readonly Preset[]) => {
    setRefused(!storePresets(next))
    setPresets(next)
  }
  return (
    <Dialog title={words.presets} onClose={onClose}>
      <p className={styles.soft}>{words.presetsHint}</p>
      {presets.length === 0 ? <p>{words.noPresets}</p> : null}
      <ul className={styles.presets}>
        {presets.map((preset) => (
          <li key={preset.name} className={styles.preset}>
            <span className={styles.presetName}>
              <UserText text={preset.name} />
            </span>
            <Button
              isSmall
              aria-label={words.loadPresetNamed(preset.name)}
              onPress={() => onLoad(draftOf({ fields: preset.fields }).columns)}
            >
              {words.loadPreset}
            </Button>
            <Button
              isSmall
              look="danger"
              aria-label={words.deletePresetNamed(preset.name)}
              onPress={() => store(presets.filter(({ name }) => name !== preset.name))}
            >
              {words.deletePreset}
            </Button>
          </li>
        ))}
      </ul>
      {columns.length === 0 ? (
        <p className={styles.soft}>{words.nothingToSave}</p>
      ) : (
        <SaveForm
          onSave={(name) =>
            store([...presets.filter((p) => p.name !== name), { name, fields: fieldsOf(columns) }])
          }
        />
      )}
      {isRefused ? <Notice tone="bad">{words.presetRefused}</Notice> : null}
      <Row isAtEnd>
        <Button onPress={onClose}>{texts.close}</Button>
      </Row>
    </Dialog>
  )
}

function fieldsOf(columns: readonly Column[]): Preset['fields'] {
  return columns.map(({ name, as }) => (as === '' ? { name } : { name, export_as: as }))
}

function SaveForm({ onSave }: { onSave(name: string): void }) {
  const words = texts.newExport.columns
  const [name, setName] = useState('')
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return
    onSave(name.trim())
    setName('')
  }
  return (
    <form className={styles.withButton} onSubmit={save}>
      <TextField label={words.presetName} value={name} onChange={setName} maxLength={100} />
      <Button type="submit" isDisabled={name.trim() === ''}>
        {words.savePreset}
      </Button>
    </form>
  )
}
