import { dirname, join, normalize } from 'node:path'

export interface Page {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
}

/** Complains of links between pages that lead to no file, or to no heading of it. Links to other hosts are not looked at. */
export function linkComplaints(pages: readonly Page[], exists: (path: string) => boolean): string[] {
  const headings = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]))
  return pages.flatMap(({ path, text }) =>
    linksOf(text).flatMap((link) => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : normalize(join(dirname(path), file))
      if (!exists(target)) return [`${path} links to ${link}, which is not there`]
      const isFound = anchor === undefined || headings.get(target)?.has(anchor) === true
      return isFound ? [] : [`${path} links to ${link}, and ${target} has no such heading`]
    }),
  )
}

/**
 * Complains of files that are in none of the folders: every name with a folder, such as `flow/run-export.ts`, also in
 * blocks of code, and every name in backticks.
 */
export function fileComplaints(
  { path, text }: Page,
  folders: readonly string[],
  exists: (path: string) => boolean,
): string[] {
  const named = [...text.matchAll(FILE_IN_BACKTICKS), ...text.matchAll(FILE_WITH_FOLDER)].map(
    ([, file = '']) => file,
  )
  return [...new Set(named)]
    .filter((file) => !folders.some((folder) => exists(join(folder, file))))
    .map((file) => `${path} names ${file}, which is not there`)
}

const FILE_IN_BACKTICKS = /`([\w./-]+\.(?:ts|js|md|json))`/g
const FILE_WITH_FOLDER = /(?<![\w./-])((?:[\w-]+\/)+[\w.-]+\.(?:ts|js|md|json))(?![\w-])/g

function linksOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}

// As GitHub makes them: small letters, hyphens for blanks, nothing else.
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  )
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}
