import type { JsonObject } from '../domain/json.ts'
import type { Schema } from './check.ts'

/** A schema whose members are computed. What it lets through is a JSON object, as far as types can say. */
export type ObjectSchema = Schema & { readonly type: 'object' }

/**
 * The type of the values that a schema lets through, read off the schema. Works for schemas that are written `as const`;
 * what a computed schema does not show is `unknown`.
 */
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

// A schema that names no members, or names them by computing them, says no more than that it is an object.
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
