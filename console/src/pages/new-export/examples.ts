import { texts } from '../../texts/texts.ts'

/** Queries of docs/filter.md that people need most, and what they find. */
export const EXAMPLES: readonly (readonly [query: string, meaning: string])[] = Object.entries(
  texts.newExport.filter.exampleMeanings,
)
