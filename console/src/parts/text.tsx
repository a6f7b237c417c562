import { useState } from 'react'
import { bytes } from '../format/numbers.ts'
import { texts } from '../texts/texts.ts'
import { Button } from './button.tsx'
import styles from './parts.module.css'

const SHOWN_MAX = 300

/**
 * Text that a user of the tenant wrote. It is isolated, so that text from right to left does not reorder what stands
 * around it, and a long one is cut until a person asks for the rest.
 */
export function UserText({
  text,
  max = SHOWN_MAX,
  hasButton = true,
}: {
  readonly text: string
  readonly max?: number
  /** False where no button may be, such as inside a link: the rest is then not shown. */
  readonly hasButton?: boolean
}) {
  const [isWhole, setWhole] = useState(false)
  const isLong = text.length > max
  return (
    <span>
      <bdi className={styles.userText}>{visible(isLong && !isWhole ? `${cut(text, max)}…` : text)}</bdi>
      {isLong && hasButton ? (
        <Button look="quiet" isSmall onPress={() => setWhole(!isWhole)}>
          {isWhole ? texts.showLess : texts.showAll(bytes(new TextEncoder().encode(text).length))}
        </Button>
      ) : null}
    </span>
  )
}

// Control characters are invisible, so each is shown by its picture: ␛. Tabs and line ends are shown as they are.
function visible(text: string): string {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, (control) =>
    control === '\x7f' ? '␡' : String.fromCharCode(0x2400 + control.charCodeAt(0)),
  )
}

// A cut between the two halves of a character would show a replacement character.
function cut(text: string, max: number): string {
  const end = /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max
  return text.slice(0, end)
}

export function Code({ text, isWrapped = false }: { readonly text: string; readonly isWrapped?: boolean }) {
  return (
    // A box that scrolls must be reachable by keyboard.
    <pre className={`${styles.code} ${isWrapped ? styles.codeWrap : ''}`} tabIndex={0}>
      <bdi>{text}</bdi>
    </pre>
  )
}

export function CopyButton({
  text,
  label = texts.copy.copy,
}: {
  readonly text: string
  readonly label?: string
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('failed')
    }
  }
  const words = { idle: label, copied: texts.copy.copied, failed: texts.copy.failed }
  return (
    <>
      <Button isSmall onPress={() => void copy()}>
        {state === 'copied' ? words.copied : label}
      </Button>
      <span className="visually-hidden" role="status">
        {state === 'idle' ? '' : words[state]}
      </span>
    </>
  )
}
