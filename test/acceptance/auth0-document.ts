import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import ZSchema from 'z-schema'

// The documents of the real API, if a checkout of them is next to this one.
const FOLDER = resolve(import.meta.dirname, '../../../shared/openapi')

/** Auth0's own OpenAPI document of some of the Management API, and the schemas of its token endpoint. */
export interface Auth0Document {
  /** False if there is no such checkout: then the document is empty. */
  readonly isThere: boolean
  readonly operations: readonly Operation[]
  /** What a schema finds wrong with a value; nothing when it is right. */
  problems(schema: object, value: unknown): readonly string[]
  /** A schema of the token endpoint. */
  readonly token: (name: 'TokenResponse' | 'ErrorResponse') => object
  /** Words of the schemas, so that a test can tell whether the validator knows them all. */
  readonly keywords: ReadonlySet<string>
}

export interface Operation {
  /** `GET` */
  readonly method: string
  /** `/users/{id}` */
  readonly path: string
  /** By status; a schema where the document has one. */
  readonly responses: Readonly<Record<string, object | undefined>>
}

interface Content {
  readonly content?: { readonly 'application/json'?: { readonly schema: object } }
}

/** The documents; where they are not, that is said aloud. */
export function readAuth0Document(): Auth0Document {
  const isThere = existsSync(FOLDER)
  if (!isThere)
    process.stderr.write(`\nAuth0's OpenAPI documents are not at ${FOLDER}: their tests are SKIPPED.\n\n`)
  const { paths, components } = (isThere ? read('management-subset.json') : NOTHING) as {
    paths: Record<string, Record<string, { responses: Record<string, Content> }>>
    components: { schemas: Record<string, object> }
  }
  const token = (isThere ? read('oauth-token.json') : {}) as Record<string, object>
  const operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, { responses }]) => ({
      method: verb.toUpperCase(),
      path,
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, { content }]) => [
          status,
          content?.['application/json']?.schema,
        ]),
      ),
    })),
  )
  return {
    isThere,
    operations,
    problems: (schema, value) => {
      // `$ref` leads into the document, so the schema is put next to its components.
      const validator = new ZSchema({ ignoreUnknownFormats: true })
      if (validator.validate(value, { components, allOf: [schema] })) return []
      return validator.getLastErrors().map(({ message, path }) => `${path} ${message}`)
    },
    token: (name) => token[name] ?? {},
    keywords: new Set(
      [...Object.values(components.schemas), ...Object.values(token)].flatMap((schema) => keywordsOf(schema)),
    ),
  }
}

const NOTHING = { paths: {}, components: { schemas: {} } }

function read(file: string): unknown {
  return JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8'))
}

/** The words that a schema and the schemas inside it use. */
function keywordsOf(schema: object): string[] {
  return Object.entries(schema).flatMap(([word, value]) => [
    word,
    ...innerSchemas(word, value).flatMap(keywordsOf),
  ])
}

function innerSchemas(word: string, value: unknown): object[] {
  if (word === 'properties') return Object.values(value as Record<string, object>)
  if (/^(oneOf|anyOf|allOf)$/.test(word)) return value as object[]
  return /^(items|additionalProperties|not)$/.test(word) && typeof value === 'object' ? [value as object] : []
}
