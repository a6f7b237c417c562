/** Returns the SQL that reads the text, such as `$3`: no text of a caller is ever part of SQL. */
export type Bind = (value: string) => string
