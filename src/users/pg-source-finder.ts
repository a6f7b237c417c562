import { Failure } from '../domain/failure.ts'
import { ATTRIBUTE_NAMES, type Profile } from '../domain/profile.ts'
import type { Database } from '../pg/database.ts'
import type { Relation } from '../relations/relation.ts'
import type { Source } from '../relations/source.ts'
import { columnOf, conditionOf, orderOf } from './pg-search-sql.ts'
import { profileOf, type UserRow } from './pg-user-row.ts'
import { bounded } from './pg-user-search.ts'
import type { SourceFinder } from './source-finder.ts'
import type { FoundUser, UserSearch } from './user-search.ts'

type Row = UserRow & { readonly muster_place: string; readonly order_value?: string | null }

/** A page has 100 users at most, and products keep profiles small, so their size is not measured first. */
export function pgSourceFinder(source: Source, database: Database): SourceFinder {
  const rowsOf = async (
    make: (relation: Relation) => { readonly text: string; readonly values: readonly unknown[] } | undefined,
  ): Promise<readonly Row[]> => {
    try {
      const made = make((await source.users()).relation)
      return made === undefined ? [] : await bounded<Row>(database, made.text, made.values)
    } catch (error) {
      throw source.failureOf(error)
    }
  }
  return {
    source,
    find: async (search) => (await rowsOf((relation) => searchSql(search, relation))).map(foundUser),
    count: async (search) => {
      const [row] = await rowsOf((relation) => {
        const { where, values } = conditionOf(search, relation)
        return { text: `select count(*)::text as muster_place from ${relation.from} ${where}`, values }
      })
      return Number(row?.muster_place ?? 0)
    },
    findByEmail: async (email) => {
      const rows = await rowsOf((relation) => {
        const { sql, fold, prepare } = relation.texts.email
        const condition = `${sql} = ${fold('$1::text')}`
        const order = `order by ${relation.key.sql}`
        return {
          text: `select ${columnsOf(relation)} from ${relation.from} where ${condition} ${order}`,
          values: [prepare(email)],
        }
      })
      return rows.map(foundUser)
    },
    findById: async (userId) => {
      const [row] = await rowsOf((relation) => byId(userId, relation))
      return row === undefined ? undefined : foundUser(row).profile
    },
    // Every found user has the profile already.
    profiles: async function* () {},
  }
}

function byId(userId: string, relation: Relation) {
  const { key, keyOf, from } = relation
  const select = `select ${columnsOf(relation)} from ${from}`
  if (keyOf === undefined) return { text: `${select} where user_id = $1`, values: [userId] }
  const ownKey = keyOf(userId)
  if (ownKey === undefined) return undefined
  return { text: `${select} where ${key.sql} = $1::${key.type}`, values: [ownKey] }
}

function searchSql(search: UserSearch, relation: Relation) {
  const { keyOf } = relation
  const { after } = search
  // The client sends the key back, and might have changed it.
  if (after !== undefined && keyOf !== undefined && keyOf(`auth0|${after.key}`) === undefined)
    throw new Failure('paging_invalid', 'The checkpoint is not one of this search.')
  const { where, values } = conditionOf(search, relation)
  const { order, limit, offset } = search
  const value = order === undefined ? '' : `, ${columnOf(order.attribute, relation).sql}::text as order_value`
  return {
    text: `select ${columnsOf(relation)} ${value} from ${relation.from} ${where}
      order by ${orderOf(order, relation)} limit ${limit} offset ${offset}`,
    values,
  }
}

function columnsOf(relation: Relation): string {
  const extra = relation.json('extra') ?? 'null::jsonb'
  const columns = ATTRIBUTE_NAMES.map((name) => `${columnOf(name, relation).sql} as ${name}`)
  return `${relation.key.sql}::text as muster_place, ${columns.join(', ')}, ${extra} as extra`
}

function foundUser({ muster_place: key, order_value: value, ...row }: Row): FoundUser {
  const profile: Profile = profileOf(row)
  return { key, ...(value === undefined ? {} : { value }), bytes: 0, profile }
}
