/** Registers a text and returns the expression of type text that stands for it: `$3`. */
export type Bind = (value: string) => string
