import { type Api, dataOf } from '../api/client.ts'
import { at } from '../api/place.ts'
import { Problem } from '../api/problem.ts'
import { texts } from '../texts/texts.ts'

export interface JobFile {
  readonly url: string
  readonly name: string
  /** False if the file is at another host, such as an S3 store. Then the page may not read it, only save it. */
  readonly isHere: boolean
}

/** A fresh link: each one is valid for 60 seconds only. */
export async function findFile(api: Api, id: string): Promise<JobFile> {
  const { location } = await dataOf(api.GET('/api/v2/jobs/{id}', { params: { path: { id } } }))
  if (location === undefined) throw new Problem(texts.jobs.noFile, { status: 404 })
  const url = addressOf(location)
  return { url, name: nameIn(url), isHere: new URL(url).origin === window.location.origin }
}

// A link of Muster begins with its public URL. This page may have reached the server by another one, such as a tunnel,
// and the link's signature holds there too.
function addressOf(location: string): string {
  const [own] = /\/downloads\/[^?]+\?expires=\d+&signature=[\w-]+$/.exec(location) ?? []
  return own === undefined ? location : at(own)
}

function nameIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
}

/** The browser saves the file by itself, so it may be of any size. */
export async function downloadFile(api: Api, id: string): Promise<void> {
  const { url, name } = await findFile(api, id)
  save(url, name)
}

export async function receiptOf(api: Api, id: string, signal?: AbortSignal): Promise<string> {
  const params = { path: { id } }
  const given = signal === undefined ? {} : { signal }
  return dataOf(api.GET('/api/v2/jobs/{id}/receipt', { params, parseAs: 'text', ...given }))
}

export async function downloadReceipt(api: Api, id: string): Promise<void> {
  saveBytes(new Blob([await receiptOf(api, id)], { type: 'application/jose' }), receiptName(id))
}

export function receiptName(id: string): string {
  return `${id}.receipt.jws`
}

// The browser reads the bytes after the click, at a time that it does not tell.
const KEPT_MILLISECONDS = 60_000

export function saveBytes(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes)
  save(url, name)
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MILLISECONDS)
}

function save(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.rel = 'noreferrer'
  document.body.append(link)
  link.click()
  link.remove()
}
