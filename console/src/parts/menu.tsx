import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { Button } from './button.tsx'
import styles from './parts.module.css'

interface Entry {
  readonly id: string
  readonly label: string
  readonly isDangerous?: boolean
  act(): void
}

/** A button that opens a list of actions. */
export function Menu({ label, entries }: { readonly label: string; readonly entries: readonly Entry[] }) {
  return (
    <MenuTrigger>
      <Button isSmall aria-label={label}>
        <span aria-hidden="true">⋯</span>
      </Button>
      <Popover className={styles.popover ?? ''} placement="bottom end">
        <AriaMenu items={entries} aria-label={label} className={styles.menu ?? ''}>
          {({ id, label: text, isDangerous = false, act }) => (
            <MenuItem
              id={id}
              textValue={text}
              className={`${styles.option} ${isDangerous ? styles.optionDanger : ''}`}
              onAction={act}
            >
              {text}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  )
}
