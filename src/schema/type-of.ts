import type { JsonObject } from '../domain/json.ts'
import type { Schema } from './check.ts'

export type ObjectSchema = Schema & { readonly type: 'object' }

/** The schema must be written `as const`: a part whose type TypeScript does not know literally becomes `unknown`. */
export type TypeOf<S> = S extends { readonly enum: readonly (infer Choice)[] }
  ? Choice
  : S extends { readonly type: readonly (infer Name)[] }
    ? Named<Name, S>
    : S extends { readonly type: infer Name }
      ? Named<Name, S>
      : unknown

type Named<Name, S> = Name extends 'string'
  ? string
  : Name extends 'integer' | 'number'
    ? number
    : Name extends 'boolean'
      ? boolean
      : Name extends 'null'
        ? null
        : Name extends 'array'
          ? readonly ItemOf<S>[]
          : Name extends 'object'
            ? MembersOf<S>
            : unknown

type ItemOf<S> = S extends { readonly items: infer Item } ? TypeOf<Item> : unknown

// With computed names of members, nothing but "an object" is known.
type MembersOf<S> = S extends { readonly properties: infer P }
  ? string extends keyof P
    ? JsonObject
    : Members<P, RequiredOf<S>>
  : JsonObject

type RequiredOf<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never

type Members<P, Required> = {
  readonly [Name in keyof P as Name extends Required ? Name : never]: TypeOf<P[Name]>
} & {
  readonly [Name in keyof P as Name extends Required ? never : Name]?: TypeOf<P[Name]>
}
