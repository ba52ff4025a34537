import { strictEqual } from 'node:assert'
import { test } from 'uvu'
import type { ProbeReport } from '../../../../modules/rabbitmq/probe/probe.ts'
import { probeText } from '../../../../modules/rabbitmq/probe/text.ts'

const messages = {
  sent: 600,
  confirmed: 598,
  refused: 1,
  unanswered: 1,
  received: 597,
  duplicates: 2,
  lost: 1,
  longestSilence: 20.06,
  brokenConnections: 3,
}
const none = Object.fromEntries(Object.keys(messages).map(name => [name, 0])) as typeof messages

const cases: readonly (readonly [what: string, report: ProbeReport, text: string])[] = [
  [
    'each outage has its own line',
    {
      seconds: 30.04,
      connections: {
        tried: 300,
        failed: 35,
        outages: [
          { from: 10.02, seconds: 3.46, failed: 34 },
          { from: 20, seconds: 0.1, failed: 1 },
        ],
      },
      messages,
    },
    `30 s as a client
connections  300 tried, 35 failed:
             from second 10.0 for 3.5 s (34 failed)
             from second 20.0 for 0.1 s (1 failed)
messages     600 sent, 598 confirmed, 597 received, 1 lost
             at the longest 20.1 s without a confirm
             2 duplicates, 1 unanswered, 1 refused; 3 connections broke
`,
  ],
  [
    'a report without messages shows the reason',
    { seconds: 1, connections: { tried: 10, failed: 0, outages: [] }, messages: none, trouble: '403 ACCESS-REFUSED' },
    `1 s as a client
connections  10 tried, 0 failed
messages     0 sent, 0 confirmed, 0 received, 0 lost
             at the longest 0.0 s without a confirm
             0 duplicates, 0 unanswered, 0 refused; 0 connections broke
             no message was sent: 403 ACCESS-REFUSED
`,
  ],
]

for (const [what, report, text] of cases) test(what, () => strictEqual(probeText(report), text))

test.run()
