/** Registers a text of the caller and returns the SQL that reads it, such as `$3`: no such text is ever part of SQL. */
export type Bind = (value: string) => string
