import type { Act } from '../stage.js'

export const silence: Act = {
  name: 'silence',
  title: 'A client goes into a tunnel: no word, no close frame, no answer to pings',
  panels: ['Round trips', 'Pings, and those that were not answered', 'Cut for their silence (4102)'],

  async play(stage) {
    const { south } = stage.props
    const client = await stage.guest(south)
    const connection = await client.connection
    const cut = await stage.counting(
      'closed with 4102 by south',
      'linkspan_closes_total{instance="south",linkspan_close_code="4102"}',
    )
    client.pause()
    try {
      await cut()
      await stage.explain(south, connection)
    } finally {
      client.vanish()
    }
  },
}
