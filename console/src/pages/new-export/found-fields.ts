/** What `GET /api/v2/user-fields` says of a field. */
export interface FoundField {
  readonly name: string
  readonly types: readonly string[]
  /** Of the users that were looked at. */
  readonly users: number
  /** From 0 to 1. */
  readonly share: number
  readonly example?: unknown
}

// A CSV cell cannot hold the whole of these (docs/api.md).
const NO_CELLS = ['user_metadata', 'app_metadata', 'identities']

/** The fields that a file of this format can have. */
export function fieldsFor(format: 'csv' | 'json', fields: readonly FoundField[]): readonly FoundField[] {
  return format === 'csv' ? fields.filter(({ name }) => !NO_CELLS.includes(name)) : fields
}

export interface TreeNode {
  /** The path, as a request names it. */
  readonly id: string
  /** The last step of the path. */
  readonly label: string
  /** Absent for what only holds others. */
  readonly field?: FoundField
  readonly children: readonly TreeNode[]
}

interface Growing {
  readonly id: string
  readonly label: string
  field?: FoundField
  readonly children: Map<string, Growing>
}

/** First what users have, then what no user has, then what holds others; each in the order of the server. */
export function treeOf(fields: readonly FoundField[]): readonly TreeNode[] {
  const roots = new Map<string, Growing>()
  for (const field of fields) {
    let level = roots
    let id = ''
    let node: Growing | undefined
    for (const step of stepsOf(field.name)) {
      id += step
      node = level.get(step) ?? { id, label: step.replace(/^\./, ''), children: new Map() }
      level.set(step, node)
      level = node.children
    }
    if (node !== undefined) node.field = field
  }
  return grown(roots)
}

function grown(level: ReadonlyMap<string, Growing>): readonly TreeNode[] {
  const nodes = [...level.values()].map(({ children, ...node }) => ({ ...node, children: grown(children) }))
  const placeOf = ({ children, field }: TreeNode) => (children.length > 0 ? 2 : field?.users === 0 ? 1 : 0)
  return nodes.toSorted((one, other) => placeOf(one) - placeOf(other))
}

/**
 * The steps of a path, put together again they are the path. A position belongs to the array before it: `identities[0]`
 * is one step. What is no path, such as the claim `https://example.com/dept`, is one name.
 */
export function stepsOf(name: string): readonly string[] {
  const isClaim = /^[^.[]*[:/]|^\d+(?:\.\d+)+$/.test(name)
  const steps = isClaim ? [] : (name.match(/\.?(?:\["(?:[^"\\]|\\.)*"\]|[^.[\]]+)(?:\[\d+\])*/gs) ?? [])
  return steps.join('') === name && steps.length > 0 ? steps : [name]
}

/** The fields in a node that hold no others. */
export function leavesIn(node: TreeNode): readonly FoundField[] {
  if (node.children.length > 0) return node.children.flatMap(leavesIn)
  return node.field === undefined ? [] : [node.field]
}

/** Every node that holds others. */
export function branchesIn(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) => (node.children.length === 0 ? [] : [node, ...branchesIn(node.children)]))
}

/** The fields whose path holds all words, in any case. */
export function searched(fields: readonly FoundField[], search: string): readonly FoundField[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return fields.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
}
