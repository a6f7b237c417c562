export const sources = {
  source: {
    unavailable: (name: string) => `The source ${name} cannot be reached`,
    unusable: (name: string) => `The source ${name} cannot be read`,
    effect: 'Lists leave its users out, and exports that need them fail. Other connections work.',
    advice: {
      unavailable: 'Ask the operator to look whether its database runs and accepts connections from Muster.',
      unusable:
        'Ask the operator to compare its settings, and what its role may read, with the tables of the database.',
    },
    named: {
      reachable: (name: string) => `${name} (source)`,
      unavailable: (name: string) => `${name} (source, cannot be reached)`,
      unusable: (name: string) => `${name} (source, cannot be read)`,
    },
    states: { reachable: 'source', unavailable: 'cannot be reached', unusable: 'cannot be read' },
  },
}
