import * as z from 'zod'
import { absent, absolutePath, defineModule, isKnown, require, run, sh, unknown, type Absent, type Fact } from 'haq'

/** The part of a report of `haq probe --report` that this module checks. */
const reportSchema = z.object({
  seconds: z.number(),
  connections: z.object({
    tried: z.number(),
    failed: z.number(),
    outages: z.array(z.object({ from: z.number(), seconds: z.number() })),
  }),
  messages: z.object({
    confirmed: z.number(),
    lost: z.number(),
    duplicates: z.number(),
    longestSilence: z.number(),
    brokenConnections: z.number(),
  }),
})

type Report = z.output<typeof reportSchema>

function reportIn(path: string): Fact<Report | Absent> {
  return {
    key: `probe report:${path}`,
    script: sh`[ -f ${path} ] || exit 0
cat ${path}`,
    parse: stdout => (stdout === '' ? absent : reportSchema.parse(JSON.parse(stdout))),
  }
}

/**
 * Shows the results of `haq probe`. It fails if a message was lost that the broker had confirmed, or if new
 * connections failed for longer than allowed.
 *
 * @example
 * ```ts
 * probeReport({ path: '/var/tmp/probe.json', outageSeconds: 5 })
 * ```
 */
export const probeReport = defineModule({
  name: 'probeReport',
  summary: 'Show what a test client saw, and fail if it lost a message',
  params: z.object({
    path: absolutePath.describe('the report file of haq probe --report'),
    outageSeconds: z
      .number()
      .min(0)
      .optional()
      .describe('the longest allowed time without new connections, in seconds; left out, any time'),
  }),
  title: ({ path }) => path,
  facts: ({ path }) => ({ report: reportIn(path) }),
  plan: ({ path, outageSeconds }, { report }) => {
    const isThere = require('there is a report of haq probe', isKnown(report) ? report !== absent : unknown, {
      otherwise: `there is no report in ${path}`,
      hint: `run the probe in an earlier task: haq probe ADDRESS --report ${path}`,
    })
    if (report === absent) return [isThere]
    const seen = isKnown(report) ? report : undefined
    const longest = Math.max(0, ...(seen?.connections.outages ?? []).map(({ seconds }) => seconds))
    return [
      isThere,
      run({
        change: {
          what: 'a client',
          from: seen ? `${seen.seconds.toFixed(0)} s` : 'unknown',
          to: describe(seen, longest),
        },
        script: sh`:`,
        undo: { impossible: 'there is nothing to undo: the task only shows a report' },
        predicts: [],
        always: true,
      }),
      require('no confirmed message is lost', seen ? seen.messages.lost === 0 : unknown, {
        otherwise: `${seen?.messages.lost} of ${seen?.messages.confirmed} confirmed messages are lost`,
      }),
      ...(outageSeconds === undefined
        ? []
        : [
            require(`new connections never fail for longer than ${outageSeconds} s`, seen
              ? longest <= outageSeconds
              : unknown, {
              otherwise: `new connections failed for ${longest.toFixed(1)} s`,
            }),
          ]),
    ]
  },
})

function describe(report: Report | undefined, longest: number): string {
  if (!report) return 'unknown'
  const { connections, messages } = report
  return [
    `${connections.failed} of ${connections.tried} new connections failed, for ${longest.toFixed(1)} s at the longest`,
    `${messages.lost} of ${messages.confirmed} confirmed messages lost, ${messages.duplicates} duplicates`,
    `${messages.longestSilence.toFixed(1)} s without a confirm at the longest`,
    `${messages.brokenConnections} connections broke`,
  ].join('; ')
}
