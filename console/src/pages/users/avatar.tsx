import styles from './users.module.css'

/** The first letter of a name. Pictures are never loaded: their addresses are of other hosts, which would learn who looks. */
export function Avatar({ name, isBig = false }: { readonly name: string; readonly isBig?: boolean }) {
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0]?.toLocaleUpperCase('en') ?? '?'
  return (
    <span className={`${styles.avatar} ${isBig ? styles.big : ''}`} aria-hidden="true">
      {letter}
    </span>
  )
}
