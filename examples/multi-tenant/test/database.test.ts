// That forgetting the tenant fails, and that nothing a query says gets around it.

import { AsyncLocalStorage } from 'node:async_hooks'
import { PGlite } from '@electric-sql/pglite'
import { asyncContext } from '@linkspan/node'
import { fromIdentity, tenancy } from '@linkspan/tenancy'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Database, migrate } from '../src/database.js'

const tenants = tenancy({ resolve: fromIdentity(), storage: new AsyncLocalStorage<string>() })
tenants.app({ context: asyncContext() })
let postgres: PGlite
let database: Database

beforeAll(async () => {
  postgres = await PGlite.create()
  await migrate(postgres)
  database = new Database(postgres, () => tenants.current())
}, 60_000)
afterAll(() => postgres.close())

const ADD = "insert into notes (author, text) values ('ada', $1) returning tenant"
const as = <Row>(tenant: string, sql: string, values: unknown[] = []) =>
  tenants.run(tenant, () => database.transaction((rows) => rows.query<Row>(sql, values)))

beforeEach(async () => {
  await postgres.exec('reset role; truncate notes; set role app')
  for (const tenant of ['acme', 'globex'])
    expect(await as(tenant, ADD, [`of ${tenant}`])).toEqual([{ tenant }])
})

test('code that runs for no tenant does not get to the database', async () => {
  await expect(database.transaction((rows) => rows.query('select 1'))).rejects.toMatchObject({
    code: 'LINKSPAN_SCOPE',
  })
})

test.each([
  'select * from notes',
  "insert into notes (author, text) values ('eve', 'x')",
  "update notes set text = 'x'",
  'delete from notes',
])('a query without a tenant fails, also behind one that had one: %s', async (sql) => {
  await expect(postgres.query(sql)).rejects.toThrow('there is no tenant')
  await as('acme', 'select 1')
  await expect(postgres.query(sql)).rejects.toThrow('there is no tenant')
})

test('a query that forgets the tenant gets its own rows', async () => {
  expect(await as('acme', 'select text from notes')).toEqual([{ text: 'of acme' }])
  await as('acme', "update notes set text = 'changed'")
  await as('acme', 'delete from notes')
  expect(await as('globex', 'select text from notes')).toEqual([{ text: 'of globex' }])
})

test.each([
  "select text from notes where tenant = 'globex'",
  "select text from notes where tenant = 'globex' or true and tenant <> 'acme'",
  "update notes set text = 'x' where tenant = 'globex' returning text",
  "delete from notes where tenant = 'globex' returning text",
  "select n.text from notes n join (select * from notes) m on n.id = m.id where m.tenant = 'globex'",
])('a query that asks for another tenant finds nothing: %s', async (sql) => {
  expect(await as('acme', sql)).toEqual([])
})

test.each([
  "insert into notes (tenant, author, text) values ('globex', 'eve', 'x')",
  "update notes set tenant = 'globex'",
])('nothing is written for another tenant: %s', async (sql) => {
  await expect(as('acme', sql)).rejects.toThrow('row-level security')
})

test.each(['alter table notes disable row level security', 'drop policy own on notes', 'truncate notes'])(
  'the application may not change that: %s',
  async (sql) => {
    await expect(as('acme', sql)).rejects.toThrow(/must be owner|permission denied/)
  },
)

test('a transaction that fails leaves no tenant behind', async () => {
  await expect(as('acme', 'select 1 / 0')).rejects.toThrow('division by zero')
  await expect(postgres.query('select * from notes')).rejects.toThrow('there is no tenant')
})
