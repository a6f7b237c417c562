interface Described {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly engines?: Readonly<Record<string, string>>
}

/**
 * Packages that an installation of this one brings along and that do not run on a major version of Node. What
 * package.json overrides is no help there: npm heeds the overrides of the outermost package alone.
 */
export function engineComplaints(packages: Readonly<Record<string, Described>>, nodeMajor: number): string[] {
  return Object.entries(packages)
    .filter(
      ([path, { dev, engines }]) => path !== '' && dev !== true && !runsOn(engines?.['node'], nodeMajor),
    )
    .map(([path, { version, engines }]) => `${path} ${version} wants Node ${engines?.['node']}`)
}

function runsOn(range: string | undefined, nodeMajor: number): boolean {
  if (range === undefined || /^\s*(\*|)\s*$/.test(range)) return true
  return range.split('||').some((part) => {
    const [, operator = '', major = ''] = /^\s*(>=|>|\^|~|)\s*v?(\d+)/.exec(part) ?? []
    return operator.startsWith('>') ? nodeMajor >= Number(major) : nodeMajor === Number(major)
  })
}
