import { en } from './en.ts'

/**
 * Every sentence that a person reads. A translation is a second file of this shape: functions take the values, so that a
 * language may order them in its own way.
 */
export type Texts = typeof en

export const texts: Texts = en
