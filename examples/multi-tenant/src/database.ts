// A real Postgres, in which a row belongs to one tenant: whatever a query says, or forgets, it gets to no other row.

import type { PGlite, Results, Transaction } from '@electric-sql/pglite'

const SCHEMA = `
create function current_tenant() returns text language plpgsql stable as $$
declare
  tenant text := nullif(current_setting('app.tenant', true), '');
begin
  -- Not null: that would find nothing, and nobody would notice.
  if tenant is null then
    raise exception 'there is no tenant: use Database.transaction';
  end if;
  return tenant;
end
$$;

create table notes (
  id bigint generated always as identity primary key,
  tenant text not null default current_tenant() check (tenant <> ''),
  author text not null,
  text text not null check (length(text) between 1 and 2000)
);
create index on notes (tenant, id);

alter table notes enable row level security;
create policy own on notes using (tenant = current_tenant()) with check (tenant = current_tenant());

-- Policies do not hold for who owns a table, and for superusers: the application is neither.
create role app;
grant select, insert, update, delete on notes to app;
`

/** Makes the tables, and leaves the connection with the rights of the application. */
export async function migrate(postgres: PGlite): Promise<void> {
  await postgres.exec(SCHEMA)
  await postgres.exec('set role app')
}

/** One transaction of one tenant. */
export interface Rows {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/** The database as the application has it: there is no way to it but through the tenant for whom code runs. */
export class Database {
  readonly #postgres: PGlite
  readonly #tenant: () => string

  /** `tenant` throws where code runs for none. */
  constructor(postgres: PGlite, tenant: () => string) {
    this.#postgres = postgres
    this.#tenant = tenant
  }

  /** Runs a transaction for the current tenant. */
  async transaction<Result>(work: (rows: Rows) => Promise<Result>): Promise<Result> {
    const tenant = this.#tenant()
    return this.#postgres.transaction(async (transaction) => {
      // SET LOCAL: gone with the transaction, so that whoever has the connection next does not inherit it.
      await transaction.query("select set_config('app.tenant', $1, true)", [tenant])
      return work(rowsOf(transaction))
    })
  }
}

function rowsOf(transaction: Transaction): Rows {
  return {
    query: async <Row>(sql: string, values: readonly unknown[] = []) => {
      const { rows }: Results<Row> = await transaction.query<Row>(sql, [...values])
      return rows
    },
  }
}
