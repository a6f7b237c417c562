import { type FieldPath, fieldPathText } from '../../domain/field-path.ts'
import { METADATA } from '../../domain/profile.ts'
import type { Session } from '../../pg/database.ts'
import type { Column } from '../../plan/export-plan.ts'
import { strictJsonPath } from '../../relations/value.ts'
import { COLUMNS_MAX, checkCount } from '../column-count.ts'

/**
 * The requested columns, then one for every other path at which the metadata of a user ends: at a scalar, `null`, `{}`
 * or `[]`. The discovered ones are in the order of their headings' bytes. `selects` together select app_metadata and
 * user_metadata of all users. Fails with `columns_too_many`.
 *
 * One query for each level of nesting returns the paths of that level. So memory holds a limited number of paths, and
 * never a user.
 */
export async function discoverColumns(
  session: Session,
  asked: readonly Column[],
  selects: readonly string[],
): Promise<readonly Column[]> {
  const askedFor = new Set(asked.map((column) => fieldPathText(column.path)))
  const found = (await endsOf(session, selects))
    .map((path) => ({ path, heading: fieldPathText(path), isEnd: true }) as const)
    .filter(({ heading }) => !askedFor.has(heading))
    .sort((a, b) => Buffer.compare(Buffer.from(a.heading), Buffer.from(b.heading)))
  const columns = [...asked, ...found]
  checkCount(columns.length)
  return columns
}

async function endsOf(session: Session, selects: readonly string[]): Promise<FieldPath[]> {
  const ends = new Map<string, FieldPath>()
  for (const users of selects) {
    for (const path of await emptyRoots(session, users)) ends.set(fieldPathText(path), path)
  }
  let parents = METADATA.map((root): FieldPath => ({ root, steps: [] }))
  while (parents.length > 0) {
    const onward = new Map<string, FieldPath>()
    for (const users of selects) {
      for (const child of await childrenOf(session, parents, users)) {
        const text = fieldPathText(child.path)
        if (child.ends) ends.set(text, child.path)
        if (child.goesOn) onward.set(text, child.path)
      }
      // A path that goes on makes at least one column, so the search can end early.
      checkCount(ends.size + onward.size)
    }
    parents = [...onward.values()]
  }
  return [...ends.values()]
}

// Empty metadata has no children, so the queries for levels do not find it.
async function emptyRoots(session: Session, users: string): Promise<FieldPath[]> {
  const [row] = await session.query<Record<string, boolean | null>>(
    `select ${METADATA.map((root) => `bool_or(${root} = '{}') as ${root}`).join(', ')} from (${users}) as users`,
  )
  return METADATA.filter((root) => row?.[root] === true).map((root) => ({ root, steps: [] }))
}

interface Child {
  readonly path: FieldPath
  readonly ends: boolean
  readonly goesOn: boolean
}

interface ChildRow {
  readonly parent: bigint
  readonly name: string | null
  readonly position: number | null
  readonly ends: boolean
  readonly goes_on: boolean
}

async function childrenOf(session: Session, parents: readonly FieldPath[], users: string): Promise<Child[]> {
  const rows = await session.query<ChildRow>(childrenSql(users), [
    parents.map((parent) => parent.root),
    parents.map((parent) => strictJsonPath(parent.steps)),
  ])
  return rows.flatMap((row) => {
    const parent = parents[Number(row.parent) - 1]
    const step = row.name ?? row.position
    if (parent === undefined || step === null) return []
    const path = { root: parent.root, steps: [...parent.steps, step] }
    return [{ path, ends: row.ends, goesOn: row.goes_on }]
  })
}

// `offset 0` keeps PostgreSQL from computing a value again for each use. One row above the limit shows that there are
// too many columns.
function childrenSql(users: string): string {
  return `
    select parent, name, position, bool_or(is_end) as ends, bool_or(not is_end) as goes_on
    from (
      select parent, name, position, case jsonb_typeof(value)
        when 'object' then value = '{}' when 'array' then value = '[]' else true end as is_end
      from (
        select parent, name, position,
          case when name is null then inside -> position else inside -> name end as value
        from (
          select parent, inside,
            jsonb_object_keys(case jsonb_typeof(inside) when 'object' then inside end) as name,
            generate_series(0,
              jsonb_array_length(case jsonb_typeof(inside) when 'array' then inside end) - 1) as position
          from (
            select parent, jsonb_path_query_first(
              case root when 'app_metadata' then app_metadata else user_metadata end, path, '{}', true) as inside
            from (${users}) as users
              cross join unnest($1::text[], $2::jsonpath[]) with ordinality as parents (root, path, parent)
            offset 0
          ) as insides
        ) as steps
        offset 0
      ) as children
    ) as kinds
    group by parent, name, position
    limit ${COLUMNS_MAX + 1}`
}
