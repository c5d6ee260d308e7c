import { type AddressFilterOptions, filterAddresses } from '@linkspan/guard'
import { describe, expect, it } from 'vitest'
import { stage } from './from-address.js'

/** The statuses with which clients are answered. */
async function statuses(options: AddressFilterOptions, addresses: readonly string[]) {
  const { app, attempt } = await stage()
  app.use(filterAddresses(options))
  const answers = await Promise.all(addresses.map((address) => attempt(address).answer))
  return answers.map((answer) => (answer.upgraded ? 101 : answer.status))
}

describe('filterAddresses', () => {
  it('lets in what is allowed, and nobody else', async () => {
    const options = { allow: ['10.0.0.0/8', '2001:db8::/32'] }
    expect(await statuses(options, ['10.1.2.3', '2001:db8::1', '::ffff:10.1.2.3'])).toEqual([101, 101, 101])
    expect(await statuses(options, ['11.1.2.3', '2001:db9::1', '::ffff:11.1.2.3'])).toEqual([403, 403, 403])
  })

  it('keeps out what is denied, and nobody else', async () => {
    const options = { deny: ['10.6.6.6', '2001:db8:bad::/48'] }
    expect(await statuses(options, ['10.6.6.6', '2001:db8:bad::1', '::ffff:a06:606'])).toEqual([
      403, 403, 403,
    ])
    expect(await statuses(options, ['10.6.6.7', '2001:db8:bae::1'])).toEqual([101, 101])
  })

  it('keeps out what is denied, also where it is allowed', async () => {
    const options = { allow: ['10.0.0.0/8'], deny: ['10.6.0.0/16'] }
    expect(await statuses(options, ['10.5.0.1', '10.6.0.1', '192.0.2.1'])).toEqual([101, 403, 403])
  })

  it.each(['', 'unknown', '10.0.0.1:80', '010.0.0.1'])(
    'takes what is no address for nobody who is listed: %s',
    async (address) => {
      expect(await statuses({ allow: ['0.0.0.0/0', '::/0'] }, [address])).toEqual([403])
      expect(await statuses({ deny: ['0.0.0.0/0', '::/0'] }, [address])).toEqual([101])
    },
  )

  it('says why, with the close code of a refusal', async () => {
    const { app, refusal } = await stage()
    app.use(filterAddresses({ deny: ['192.0.2.0/24'] }))
    const { body, headers } = await refusal('192.0.2.1')
    expect(JSON.parse(body)).toMatchObject({
      status: 403,
      code: 4003,
      detail: 'this address may not connect',
    })
    expect(headers).not.toHaveProperty('retry-after')
  })

  it.each<[string, AddressFilterOptions]>([
    ['filterAddresses takes allow, deny or both', {}],
    ['an empty list lets nobody in', { allow: [] }],
    ["not 'localhost'", { allow: ['localhost'] }],
    ["the prefix of '10.0.0.0/40'", { deny: ['10.0.0.0/40'] }],
  ])('refuses, when it is made, what cannot be meant: %s', (message, options) => {
    expect(() => filterAddresses(options)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining(message) }),
    )
  })

  it('takes an empty list of whom to keep out', async () => {
    expect(await statuses({ deny: [] }, ['192.0.2.1'])).toEqual([101])
  })
})
