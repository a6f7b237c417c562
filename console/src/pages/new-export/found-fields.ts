/** What `GET /api/v2/user-fields` says of a field. */
export interface FoundField {
  readonly name: string
  readonly types: readonly string[]
  readonly users: number
  /** From 0 to 1: of the users that were looked at. */
  readonly share: number
  readonly example?: unknown
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

/** Fields of the profile first, then what holds others; both in the order of the server. */
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
  const isLeaf = ({ children }: TreeNode) => children.length === 0
  return [...nodes.filter(isLeaf), ...nodes.filter((node) => !isLeaf(node))]
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

/** The fields below a node, and its own. */
export function fieldsIn(node: TreeNode): readonly FoundField[] {
  return [...(node.field === undefined ? [] : [node.field]), ...node.children.flatMap(fieldsIn)]
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
