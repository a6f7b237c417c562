import type { ATTRIBUTES } from './profile.ts'

/** What a user must be to be found: a query as parsed (docs/filter.md), every value read as what its field holds. */
export type Filter =
  // Of nothing, `all` finds everybody.
  | { readonly kind: 'all' | 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | Clause

/**
 * What one field must hold. A user without the field does not hold it, whatever it is. No range is open on both
 * sides: that asks whether the field exists.
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
      /** Both ends belong to it; undefined is an open end. */
      readonly from: number | undefined
      readonly upTo: number | undefined
    }
  | {
      readonly kind: 'moment'
      readonly field: AttributeOf<'moment'>
      /**
       * ISO 8601 in UTC with milliseconds; or, outside of the years 1 to 9999, the empty text or `~`, which sort
       * before and behind all others. The first belongs to it, the second does not.
       */
      readonly from: string | undefined
      readonly before: string | undefined
    }

export type NamedField = TextField | AttributeOf<'boolean' | 'integer' | 'moment'> | InsideField

export type AttributeOf<Kind> = {
  [Name in keyof typeof ATTRIBUTES]: (typeof ATTRIBUTES)[Name]['kind'] extends Kind ? Name : never
}[keyof typeof ATTRIBUTES]

export type TextField = AttributeOf<'text'> | 'email.domain'

/** A place inside an attribute, or in `extra`, where root attributes beyond the normalized ones lie. */
export interface InsideField {
  readonly root: AttributeOf<'object' | 'array'> | 'extra'
  /** Names of members; what arrays there are on the way is looked through. */
  readonly steps: readonly string[]
}

/**
 * How a text is compared: whole, and in the case rules of its field. Inside an attribute a number or boolean
 * equals a text that writes it, and a number lies between bounds that write numbers.
 */
export type TextTest =
  | { readonly kind: 'equals'; readonly text: string }
  | { readonly kind: 'like'; readonly pattern: Pattern }
  | { readonly kind: 'range'; readonly from: TextBound | undefined; readonly upTo: TextBound | undefined }

export interface TextBound {
  readonly text: string
  readonly isInclusive: boolean
}

/** Literal texts, and between them `one` character of any kind, or as `many` as there are. */
export type Pattern = readonly ({ readonly text: string } | 'one' | 'many')[]
