import type { Act } from '../stage.js'

export const slowConsumer: Act = {
  name: 'slow-consumer',
  title: 'A client asks for the archive again and again, and reads nothing of it',
  panels: [
    'Bytes that wait for slow peers',
    'Times that peers read too slowly',
    'Cut for reading too slowly (4100)',
  ],

  async play(stage) {
    const { north } = stage.props
    const client = await stage.guest(north)
    const connection = await client.connection
    const slow = await stage.counting(
      'times that somebody on north read too slowly',
      'linkspan_backpressure_total{instance="north"}',
    )
    const cut = await stage.counting(
      'closed with 4100 by north',
      'linkspan_closes_total{instance="north",linkspan_close_code="4100"}',
    )
    client.pause()
    // What the operating system holds for it is some megabytes; what the node holds, one.
    for (let asked = 0; asked < 15; asked += 1) client.say({ type: 'archive' })
    const asking = setInterval(() => client.say({ type: 'archive' }), 700)
    try {
      await slow()
      await cut()
      await stage.explain(north, connection)
    } finally {
      clearInterval(asking)
      client.vanish()
    }
  },
}
