/**
 * The cell-size study: how what a cell says depends on how many replicas it has. Six minutes of one core.
 *
 *   npm run study:cell-size               everything, into results/reference/cell-size.{json,md,svg}
 *   npm run study:cell-size -- --redraw   table and picture again from cell-size.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { CASES } from './cell-size-cases.ts';
import { cellSizePicture } from './cell-size-picture.ts';
import { cellSizeReport, type Study } from './cell-size-report.ts';
import { measureCapacity, runSize } from './cell-size-runs.ts';

const target = (ending: string) =>
  fileURLToPath(new URL(`../results/reference/cell-size.${ending}`, import.meta.url));

const options = new Command('study:cell-size')
  .option('--redraw', 'write the table and the picture again from cell-size.json', false)
  .addHelpText('after', '\nExample:\n  npm run study:cell-size -- --redraw')
  .parse()
  .opts();

function run(): Study {
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  const before = process.cpuUsage();
  const seconds = () => Math.round((process.cpuUsage(before).user + process.cpuUsage(before).system) / 1e6);
  const capacity = measureCapacity();
  progress(`a saturated replica serves ${capacity.mean} requests/s`);
  const cases = CASES.map((studied) => ({
    studied,
    sizes: studied.sizes.map((replicas) =>
      runSize(studied, replicas, capacity.mean!, (done, of) => {
        if (done === of || done % Math.ceil(of / 4) === 0)
          progress(`${seconds()} s  ${studied.name}, ${replicas} replicas: ${done} of ${of} replications`);
      }),
    ),
  }));
  return { capacity, cases };
}

const study = options.redraw ? (JSON.parse(readFileSync(target('json'), 'utf8')) as Study) : run();
if (!options.redraw) writeFileSync(target('json'), `${JSON.stringify(study, null, 1)}\n`);
writeFileSync(target('md'), cellSizeReport(study));
writeFileSync(target('svg'), cellSizePicture(study));
