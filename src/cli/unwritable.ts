import { Failure } from '../domain/failure.ts'

export function unwritable(path: string, cause: unknown): Failure {
  return new Failure('file_unwritable', `${path} cannot be written: ${reasonOf(cause)}`, { cause })
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full. Make space, or choose another place with --output.'
    case 'EDQUOT':
      return "the user's quota of the disk is used up. Make space, or choose another place with --output."
    case 'EFBIG':
      return 'the file would be larger than this system or "ulimit -f" allows.'
    case 'ENOENT':
      return 'the folder does not exist. Make it, or choose another place with --output.'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there. Choose another place with --output.'
    case 'EROFS':
      return 'the disk is read-only. Choose another place with --output.'
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}
