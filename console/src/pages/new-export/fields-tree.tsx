import { useMemo, useState } from 'react'
import {
  Button as AriaButton,
  Checkbox,
  Collection,
  type Key,
  ListLayout,
  Tree,
  TreeItem,
  TreeItemContent,
  Virtualizer,
} from 'react-aria-components'
import { share } from '../../format/numbers.ts'
import { Button } from '../../parts/button.tsx'
import parts from '../../parts/parts.module.css'
import { texts } from '../../texts/texts.ts'
import type { Column } from './draft.ts'
import { branchesIn, type FoundField, leavesIn, type TreeNode, treeOf } from './found-fields.ts'
import styles from './new-export.module.css'

const ROW_PX = 44
const LAYOUT = { rowSize: ROW_PX, padding: 4 }

interface TreeProps {
  readonly fields: readonly FoundField[]
  /** All branches are open, so that what was found is in sight. */
  readonly isSearch: boolean
  /** A whole object or list can be chosen too: as JSON in a CSV cell it is of little use. */
  readonly hasStructures: boolean
  readonly columns: readonly Column[]
  onAdd(names: readonly string[]): void
  onRemove(names: ReadonlySet<string>): void
}

/** A field is chosen by its checkbox. What only holds other fields opens and closes, and can add all of them. */
export function FieldsTree({ fields, isSearch, hasStructures, columns, onAdd, onRemove }: TreeProps) {
  const nodes = useMemo(() => treeOf(fields), [fields])
  const branches = useMemo(() => branchesIn(nodes), [nodes])
  const [closed, setClosed] = useState<ReadonlySet<Key>>(new Set())
  const expanded = branches.filter(({ id }) => isSearch || !closed.has(id)).map(({ id }) => id)
  const chosen = useMemo(() => new Set<Key>(columns.map(({ name }) => name)), [columns])
  const setExpanded = (open: ReadonlySet<Key>) =>
    setClosed(new Set(branches.filter(({ id }) => !open.has(id)).map(({ id }) => id)))
  const choose = (keys: 'all' | ReadonlySet<Key>) => {
    const names = fields.map(({ name }) => name)
    const now = keys === 'all' ? new Set<Key>(names) : keys
    const removed = new Set(names.filter((name) => chosen.has(name) && !now.has(name)))
    if (removed.size > 0) onRemove(removed)
    else onAdd(names.filter((name) => now.has(name) && !chosen.has(name)))
  }
  const holders = branches.filter(({ field }) => !hasStructures || field === undefined).map(({ id }) => id)
  const toggleAll = (names: readonly string[]) => {
    const missing = names.filter((name) => !chosen.has(name))
    if (missing.length > 0) onAdd(missing)
    else onRemove(new Set(names))
  }
  return (
    <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
      <Tree
        aria-label={texts.newExport.fields.tree}
        className={styles.tree ?? ''}
        items={nodes}
        dependencies={[chosen, hasStructures]}
        selectionMode="multiple"
        selectedKeys={chosen as Set<Key>}
        onSelectionChange={choose}
        disabledKeys={holders}
        disabledBehavior="selection"
        expandedKeys={expanded}
        onExpandedChange={setExpanded}
        escapeKeyBehavior="none"
      >
        {(node) => <Node node={node} hasStructures={hasStructures} chosen={chosen} onToggleAll={toggleAll} />}
      </Tree>
    </Virtualizer>
  )
}

interface NodeProps {
  readonly node: TreeNode
  readonly hasStructures: boolean
  readonly chosen: ReadonlySet<Key>
  onToggleAll(names: readonly string[]): void
}

function Node({ node, hasStructures, chosen, onToggleAll }: NodeProps) {
  // Nothing else is handed on: React Aria gives each node an id of its own among its properties.
  const props = { hasStructures, chosen, onToggleAll }
  const isHolder = node.children.length > 0
  const canBeChosen = node.field !== undefined && (!isHolder || hasStructures)
  return (
    <TreeItem id={node.id} textValue={node.id} className={styles.node ?? ''}>
      <TreeItemContent>
        {({ level, hasChildItems, state }) => (
          <div className={styles.nodeRow} style={{ paddingInlineStart: (level - 1) * 20 }}>
            {hasChildItems ? (
              <AriaButton
                slot="chevron"
                className={styles.chevron ?? ''}
                aria-label={texts.newExport.fields.expand(node.id)}
              >
                <span aria-hidden="true">▸</span>
              </AriaButton>
            ) : (
              <span className={styles.noChevron} />
            )}
            {canBeChosen ? <SelectionBox /> : null}
            {isHolder ? (
              <HolderRow node={node} {...props} onOpen={() => state.toggleKey(node.id)} />
            ) : node.field === undefined ? null : (
              <FieldRow label={node.label} field={node.field} />
            )}
          </div>
        )}
      </TreeItemContent>
      <Collection items={node.children} dependencies={[chosen, hasStructures]}>
        {(child) => <Node node={child} {...props} />}
      </Collection>
    </TreeItem>
  )
}

function HolderRow({ node, chosen, onToggleAll, onOpen }: NodeProps & { onOpen(): void }) {
  const words = texts.newExport.fields
  const names = leavesIn(node).map(({ name }) => name)
  const isAll = names.every((name) => chosen.has(name))
  return (
    <>
      <button type="button" className={styles.holder} tabIndex={-1} onClick={onOpen}>
        <bdi>{node.label}</bdi>
      </button>
      <Button
        isSmall
        look="quiet"
        aria-label={isAll ? words.removeAllOf(node.id) : words.addAllOf(node.id)}
        onPress={() => onToggleAll(names)}
      >
        {isAll ? words.removeAll(names.length) : words.addAll(names.length)}
      </Button>
    </>
  )
}

function SelectionBox() {
  return (
    <Checkbox slot="selection" className={parts.checkbox ?? ''}>
      <span className={parts.box} aria-hidden="true">
        <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="2">
          <title>✓</title>
          <path d="M2 6.5 5 9.5 10 3" />
        </svg>
      </span>
    </Checkbox>
  )
}

function FieldRow({ label, field }: { readonly label: string; readonly field: FoundField }) {
  const words = texts.newExport.fields
  const types = field.types.map((type) => words.types[type] ?? type).join(', ')
  return (
    <>
      <span className={styles.fieldText}>
        <bdi className={styles.fieldName}>{label}</bdi>
        <span className={styles.fieldNote}>
          <span>{types}</span>
          <bdi className={styles.fieldExample}>{exampleOf(field.example)}</bdi>
        </span>
      </span>
      <span className={styles.share} title={words.share(share(field.share))}>
        <span className={styles.shareTrack} aria-hidden="true">
          <span className={styles.shareFill} style={{ width: `${field.share * 100}%` }} />
        </span>
        {share(field.share)}
      </span>
    </>
  )
}

const EXAMPLE_LENGTH_MAX = 80

function exampleOf(example: unknown): string {
  const text = typeof example === 'string' ? example : (JSON.stringify(example) ?? '')
  return [...text].slice(0, EXAMPLE_LENGTH_MAX).join('')
}
