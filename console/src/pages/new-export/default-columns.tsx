import { Button } from '../../parts/button.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './new-export.module.css'

export function DefaultColumns({
  names,
  onEdit,
}: {
  readonly names: readonly string[] | undefined
  onEdit(names: readonly string[]): void
}) {
  const words = texts.newExport.columns
  return (
    <div className={styles.defaults}>
      <p className={styles.soft}>{words.defaultHint}</p>
      {names === undefined ? null : (
        <>
          <ul className={styles.chips} aria-label={words.isDefault}>
            {names.map((name) => (
              <li key={name} className={styles.chip}>
                {name}
              </li>
            ))}
          </ul>
          <Button isSmall onPress={() => onEdit(names)}>
            {words.startFromDefault}
          </Button>
        </>
      )}
    </div>
  )
}
