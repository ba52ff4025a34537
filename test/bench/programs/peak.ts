import { appendFileSync } from 'node:fs'

// Loaded by --import before a program: writes the program's peak memory in KB to a file at its end.
const path = process.env['BENCH_PEAK']
if (path !== undefined) process.on('exit', () => appendFileSync(path, `${process.resourceUsage().maxRSS}\n`))
