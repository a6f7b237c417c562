import type { ReactNode } from 'react'
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
} from 'react-aria-components'
import styles from './parts.module.css'

interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'style' | 'children'> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly placeholder?: string
  /** Text of programs, such as a query: in a font with a fixed width, and without corrections of the browser. */
  readonly isCode?: boolean
  /** More than 1: a box that a person can make larger. */
  readonly lines?: number
}

export function TextField({
  label,
  isLabelHidden = false,
  hint,
  error,
  placeholder,
  isCode = false,
  lines = 1,
  ...props
}: TextFieldProps) {
  const code = isCode ? { spellCheck: false, autoCapitalize: 'off', autoCorrect: 'off' } : {}
  const look = `${lines > 1 ? styles.area : styles.input} ${isCode ? styles.isCode : ''}`
  const given = placeholder === undefined ? {} : { placeholder }
  return (
    <AriaTextField {...props} isInvalid={error !== undefined} className={styles.field ?? ''}>
      <Label className={isLabelHidden ? 'visually-hidden' : styles.label}>{label}</Label>
      {lines > 1 ? (
        <TextArea rows={lines} className={look} {...given} {...code} />
      ) : (
        <Input className={look} {...given} {...code} />
      )}
      {hint === undefined ? null : (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      )}
      {error === undefined ? null : <FieldError className={styles.fieldError ?? ''}>{error}</FieldError>}
    </AriaTextField>
  )
}
