import type { CsvReading, ImportFormat } from '../domain/import-request.ts'
import { csvDecoder } from './csv-decoder.ts'
import type { DecodeOptions } from './decode-options.ts'
import type { Decoder } from './decoder.ts'
import { arrayDecoder, ndjsonDecoder } from './json-decoder.ts'

interface UsersFormat {
  decoder(options: DecodeOptions, entryBytesMax: number): Decoder
  misbegun(first: string, csv?: CsvReading): string | undefined
  readonly insteadOfObjects: string
}

const SEND_JSON = 'send one array as application/json, or a user a line as application/x-ndjson'

/** A new format needs a name in IMPORT_FORMATS. The compiler then names each table that lacks a row for it. */
export const USERS_FORMATS: Readonly<Record<ImportFormat, UsersFormat>> = {
  ndjson: {
    decoder: (_, entryBytesMax) => ndjsonDecoder(entryBytesMax),
    misbegun: () => undefined,
    insteadOfObjects: 'write each user in a line of its own',
  },
  json: {
    decoder: ({ isVerbatim }, entryBytesMax) => arrayDecoder(entryBytesMax, isVerbatim),
    misbegun: (first) =>
      first === '[' ? undefined : 'The users file must be a JSON array of users. It looks like',
    insteadOfObjects: SEND_JSON,
  },
  csv: {
    decoder: ({ csv = {} }, entryBytesMax) => csvDecoder(csv, entryBytesMax),
    // A header never begins with a bracket or `<`, so such a file is no CSV. A record may begin with one.
    misbegun: (first, csv) =>
      csv?.columns === undefined && /[[{<]/.test(first)
        ? 'The users file is to be CSV, and looks like'
        : undefined,
    insteadOfObjects: SEND_JSON,
  },
}
