import type { ATTRIBUTES } from './profile.ts'

export type Filter =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | Clause

/**
 * False for a user without the field. A range has at least one bound: a query for a range without any becomes `exists`.
 */
export type Clause =
  | { readonly kind: 'exists'; readonly field: NamedField }
  | { readonly kind: 'text'; readonly field: TextField; readonly test: TextTest }
  | { readonly kind: 'anywhere'; readonly test: TextTest }
  | { readonly kind: 'inside'; readonly field: InsideField; readonly test: TextTest }
  | { readonly kind: 'boolean'; readonly field: AttributeOf<'boolean'>; readonly is: boolean }
  | {
      readonly kind: 'integer'
      readonly field: AttributeOf<'integer'>
      readonly from: number | undefined
      readonly upTo: number | undefined
    }
  | {
      readonly kind: 'moment'
      readonly field: AttributeOf<'moment'>
      /**
       * ISO 8601 in UTC with milliseconds. Beyond the years 1 to 9999 it is the empty text or `~`, which sort before
       * and after all timestamps. `from` is inclusive, `before` is not.
       */
      readonly from: string | undefined
      readonly before: string | undefined
    }

export type NamedField = TextField | AttributeOf<'boolean' | 'integer' | 'moment'> | InsideField

export type AttributeOf<Kind> = {
  [Name in keyof typeof ATTRIBUTES]: (typeof ATTRIBUTES)[Name]['kind'] extends Kind ? Name : never
}[keyof typeof ATTRIBUTES]

export type TextField = AttributeOf<'text'> | 'email.domain'

export interface InsideField {
  readonly root: AttributeOf<'object' | 'array'> | 'extra'
  /** The search goes through all elements of an array on the way, so there are no positions here. */
  readonly steps: readonly string[]
}

/**
 * Compares a whole text, by the case rules of the field. Inside metadata, `5` also finds the number 5 and `true` the
 * boolean; a range whose bounds are written as numbers also finds numbers.
 */
export type TextTest =
  | { readonly kind: 'equals'; readonly text: string }
  | { readonly kind: 'like'; readonly pattern: Pattern }
  | { readonly kind: 'range'; readonly from: TextBound | undefined; readonly upTo: TextBound | undefined }

export interface TextBound {
  readonly text: string
  readonly isInclusive: boolean
}

export type Pattern = readonly ({ readonly text: string } | 'one' | 'many')[]
