import { MESSAGES_A_SECOND } from '../../app.js'
import type { Act } from '../stage.js'

export const flood: Act = {
  name: 'flood',
  title: `A client says 100 things at once: ${MESSAGES_A_SECOND} are allowed`,
  panels: ['Messages', 'Closes by code', 'Drops by reason'],

  async play(stage) {
    const { south } = stage.props
    const client = await stage.guest(south)
    const connection = await client.connection
    const cut = await stage.counting(
      'closed with 4101 by south',
      'linkspan_closes_total{instance="south",linkspan_close_code="4101"}',
    )
    for (let said = 0; said < 100; said += 1) client.say({ type: 'say', text: 'me' })
    await client.over
    await cut()
    await stage.explain(south, connection)
  },
}
