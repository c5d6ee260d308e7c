import { until } from '../../run/until.js'
import type { Act } from '../stage.js'

export const refusal: Act = {
  name: 'refusal',
  title: 'Ten clients come to north with the tokens of yesterday',
  panels: ['Handshakes by outcome', 'Refusals by status and reason', 'Refusals by middleware'],

  async play(stage) {
    const { north, crowd, signal } = stage.props
    const refused = await stage.counting(
      'refused with 401 by north',
      'linkspan_handshakes_total{instance="north",http_response_status_code="401"}',
    )
    await Promise.all(Array.from({ length: 10 }, () => crowd.visit(north, 'stale')))
    await refused()
    // They were never told an id: who was refused is found in the log.
    const line = await until('a refusal in the log', () => north.lineWhere(({ status }) => status === 401), {
      signal,
    })
    if (line.connection !== undefined) await stage.explain(north, line.connection)
  },
}
