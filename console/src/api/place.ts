/** An address of this server. Muster may be served below a path, so addresses are relative to the page. */
export function at(path: string): string {
  return new URL(`.${path}`, document.baseURI).href
}
