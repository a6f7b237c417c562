import type { ReactNode } from 'react'
import {
  Checkbox as AriaCheckbox,
  Select as AriaSelect,
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup,
  SelectValue,
  Text,
} from 'react-aria-components'
import styles from './parts.module.css'

export interface Option<Id extends string> {
  readonly id: Id
  readonly label: string
}

interface ChoiceProps<Id extends string> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: ReactNode
  readonly options: readonly Option<NoInfer<Id>>[]
  readonly value: Id
  readonly isDisabled?: boolean
  onChange(id: NoInfer<Id>): void
}

/** One of many. `error`: why the server refuses the choice. */
export function Select<Id extends string>({
  label,
  isLabelHidden = false,
  hint,
  options,
  value,
  isDisabled = false,
  error,
  onChange,
}: ChoiceProps<Id> & { readonly error?: string | undefined }) {
  return (
    <AriaSelect
      className={styles.field ?? ''}
      value={value}
      isDisabled={isDisabled}
      isInvalid={error !== undefined}
      onChange={(key) => onChange(key as Id)}
    >
      <Label className={isLabelHidden ? 'visually-hidden' : styles.label}>{label}</Label>
      <Button className={styles.selectButton ?? ''}>
        <SelectValue />
        <span aria-hidden="true">▾</span>
      </Button>
      {hint === undefined ? null : (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      )}
      {error === undefined ? null : <FieldError className={styles.fieldError ?? ''}>{error}</FieldError>}
      <Popover className={styles.popover ?? ''}>
        <ListBox items={options}>
          {({ id, label: text }) => (
            <ListBoxItem id={id} textValue={text} className={styles.option ?? ''}>
              {text}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}

/** One of two to four, all of them in sight. */
export function Segments<Id extends string>({
  label,
  isLabelHidden = false,
  hint,
  options,
  value,
  isDisabled = false,
  onChange,
}: ChoiceProps<Id>) {
  return (
    <RadioGroup
      className={styles.field ?? ''}
      orientation="horizontal"
      value={value}
      isDisabled={isDisabled}
      onChange={(id) => onChange(id as Id)}
    >
      <Label className={isLabelHidden ? 'visually-hidden' : styles.label}>{label}</Label>
      <div>
        <div className={styles.segments}>
          {options.map((option) => (
            <Radio key={option.id} value={option.id} className={styles.segment ?? ''}>
              {option.label}
            </Radio>
          ))}
        </div>
      </div>
      {hint === undefined ? null : (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      )}
    </RadioGroup>
  )
}

export function Checkbox({
  children,
  isSelected,
  isDisabled = false,
  onChange,
}: {
  readonly children: ReactNode
  readonly isSelected: boolean
  readonly isDisabled?: boolean
  onChange(isSelected: boolean): void
}) {
  return (
    <AriaCheckbox
      className={styles.checkbox ?? ''}
      isSelected={isSelected}
      isDisabled={isDisabled}
      onChange={onChange}
    >
      <span className={styles.box} aria-hidden="true">
        <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="2">
          <title>✓</title>
          <path d="M2 6.5 5 9.5 10 3" />
        </svg>
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  )
}
