import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaProps } from 'react-aria-components'
import { hrefOf } from '../routes.ts'
import styles from './parts.module.css'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

interface ButtonProps extends Omit<AriaProps, 'className' | 'style' | 'isPending'> {
  readonly look?: Look
  readonly isSmall?: boolean
  /**
   * What the button started still runs: it keeps the focus and does nothing. React Aria's `isPending` leaves an element
   * without a name behind, which screen readers find.
   */
  readonly isBusy?: boolean
}

export function Button({ look = 'plain', isSmall = false, isBusy = false, ...props }: ButtonProps) {
  const busy = isBusy ? { onPress: () => undefined, type: 'button' as const } : {}
  return <AriaButton {...props} {...busy} className={lookOf(look, isSmall)} />
}

/** A link to another page of the console that looks like a button. */
export function LinkButton({
  to,
  look = 'plain',
  isSmall = false,
  children,
}: {
  readonly to: string
  readonly look?: Look
  readonly isSmall?: boolean
  readonly children: ReactNode
}) {
  return (
    <a href={hrefOf(to)} className={lookOf(look, isSmall)}>
      {children}
    </a>
  )
}

function lookOf(look: Look, isSmall: boolean): string {
  const name = { primary: styles.primary, plain: '', quiet: styles.quiet, danger: styles.danger }[look]
  return `${styles.button} ${name} ${isSmall ? styles.small : ''}`
}
