import { once } from 'node:events'
import { Failure } from '../domain/failure.ts'
import type { Stage } from './export-files.ts'

/** What was written to standard output cannot be taken back, so a restart fails then. */
export function newStdout(): Stage {
  let bytes = 0
  return {
    write: async (chunk) => {
      bytes += chunk.length
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
    },
    restart: async () => {
      if (bytes > 0)
        throw new Failure(
          'file_incomplete',
          'The file on the server has changed while it was sent to standard output. Run the command again.',
        )
    },
    end: async () => undefined,
  }
}
