import { strict as assert } from 'node:assert'
import {
  Linkspan as Application,
  type Authenticated,
  type Linkspan,
  type LinkspanOptions,
  type Logger,
} from '@linkspan/core'
import {
  fromIdentity,
  type Tenancy,
  type TenancyOptions,
  type TenantAudit,
  type TenantLimit,
  tenancy,
  type WithTenant,
} from '@linkspan/tenancy'
import type { Answer, ConnectOptions, Peer, Refused, Stage } from '@linkspan/testing'

const nothing = (): void => {}
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** A client that says who it is: for tests, which have verified it themselves. */
export const as = (tenant: string, subject = 'ada'): ConnectOptions => ({
  headers: { 'x-subject': subject, 'x-tenant': tenant },
})

export interface Scene {
  readonly app: Linkspan<WithTenant<string>>
  readonly tenants: Tenancy<string>
  readonly audits: TenantAudit[]
  readonly limits: Pick<TenantLimit, 'tenant' | 'quota' | 'action'>[]
  /** Tenants for which something inside was entered, and for which a message was handled. */
  readonly inside: string[]
  readonly handled: string[]
  answer(options?: ConnectOptions): Promise<Answer>
  connect(options?: ConnectOptions): Promise<Peer>
  refused(options: ConnectOptions, status: number, code: number): Promise<Refused>
}

/**
 * An application of tenants whose clients say `join:`, `leave:` or `to:` and a topic, and get everything else back with
 * their tenant's name.
 */
export async function scene(
  stage: Stage,
  options: Partial<TenancyOptions<string>> = {},
  others: LinkspanOptions = {},
): Promise<Scene> {
  const audits: TenantAudit[] = []
  const limits: Scene['limits'][number][] = []
  const [inside, handled]: [string[], string[]] = [[], []]
  const tenants = tenancy({
    resolve: fromIdentity(),
    clock: stage.clock,
    logger: silent,
    audit: (event) => audits.push(event),
    onLimit: (_, { tenant, quota, action }) => limits.push({ tenant, quota, action }),
    ...options,
  })
  const made = stage.app({ scope: tenants.scope, ...others })
  assert.ok(made instanceof Application)
  const app = tenants
    .confine(made)
    .use((conn, next) => {
      const { 'x-subject': subject, 'x-tenant': tenant } = conn.request.headers
      if (subject !== undefined) conn.authenticate({ subject, ...(tenant && { tenant }) })
      return next<Authenticated>()
    })
    .use(tenants.enter())
    .use((conn, next) => {
      inside.push(conn.data.tenant)
      return next()
    })
    .message((conn, message) => {
      const text = message.text()
      handled.push(conn.data.tenant)
      const [verb, topic = ''] = text.split(':')
      if (verb === 'join') conn.join(topic)
      if (verb === 'leave') conn.leave(topic)
      if (verb === 'to') conn.to(topic).send(`${conn.data.tenant} to ${topic}`)
      conn.send(`${conn.data.tenant} ${text}`)
    })
  const served = await stage.serve(made as unknown as Linkspan<unknown>)
  return {
    app: app as unknown as Linkspan<WithTenant<string>>,
    tenants,
    audits,
    limits,
    inside,
    handled,
    answer: (asked) => served.answer(asked),
    connect: (asked) => served.connect(asked),
    async refused(asked, status, code) {
      const answer = await served.answer(asked)
      assert.ok(!answer.upgraded, 'the client was let in')
      assert.equal(answer.status, status)
      assert.equal((JSON.parse(answer.body) as { code: number }).code, code)
      return answer
    },
  }
}

/** Says something, and hears it again. */
export async function says(peer: Peer, text: string, tenant: string): Promise<void> {
  peer.send(text)
  assert.equal(await peer.next(), `${tenant} ${text}`)
}

/** The events of an application, which the stage records. */
export function recordOf(stage: Stage, { app }: Scene): ReturnType<Stage['record']> {
  return stage.record(app as unknown as Linkspan<unknown>)
}
