import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routedParameters } from '../../src/catalog/model.ts';
import { EnvironmentError, InputError } from '../../src/errors.ts';
import { readCatalog, shippedCatalogDirectory } from '../../src/files/catalog-files.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetyield-catalog-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const catalog = readCatalog();

/** Parameters of a Llama: two embeddings, and per layer attention, three feed-forward matrices and two norms. */
const llamaParameters = (layers: number, hidden: number, kvWidth: number, feedForward: number): number =>
  2 * 128_256 * hidden +
  layers * (2 * hidden ** 2 + 2 * hidden * kvWidth + 3 * hidden * feedForward + 2 * hidden) +
  hidden;

describe('the shipped catalogue', () => {
  it('counts the parameters of DeepSeek-R1 as its shape gives them: 671.0 B, of which 37.6 B active', () => {
    const expert = 3 * 7168 * 2048;
    const attention =
      7168 * 1536 + 1536 * 128 * (128 + 64) + 7168 * (512 + 64) + 512 * 128 * (128 + 128) + 128 * 128 * 7168;
    const always = 2 * 129_280 * 7168 + 61 * attention + 3 * 3 * 7168 * 18_432 + 58 * (expert + 7168 * 256);
    const model = catalog.model('deepseek-r1')!;
    expect(model.totalParameters / 1e9).toBeCloseTo((always + 58 * 256 * expert) / 1e9, 1);
    expect(model.activeParameters / 1e9).toBeCloseTo((always + 58 * 8 * expert) / 1e9, 1);
  });

  it('holds what the scenarios of the contract name', () => {
    expect(catalog.accelerator('h100-sxm')).not.toBeNull();
    for (const name of ['llama-3.1-8b', 'llama-3.1-70b', 'flagship', 'mini'])
      expect(catalog.model(name)).not.toBeNull();
    expect(catalog.ownedGpuHour('h100-2025')).not.toBeNull();
    for (const name of ['azure-2024-code', 'servegen-m-large', 'flat', 'chatgpt-global-blended-2025']) {
      expect(catalog.profile(name)).not.toBeNull();
    }
    expect(catalog.quantileTable('azure-2023-conversation.prompt')).not.toBeNull();
    expect(catalog.quantileTable('azure-2023-conversation.output')).not.toBeNull();
  });

  it('counts the parameters of Llama 3.1 as its shape gives them: 8,030,261,248 and 70,553,706,496', () => {
    expect(catalog.model('llama-3.1-8b')?.totalParameters).toBe(llamaParameters(32, 4096, 1024, 14_336));
    expect(catalog.model('llama-3.1-70b')?.totalParameters).toBe(llamaParameters(80, 8192, 1024, 28_672));
  });

  it('splits the flagship as its file says: 96 layers x 64 experts x 3 x 8192 x 2304 = 347.9B routed', () => {
    expect(routedParameters(catalog.model('flagship')!) / (96 * 64 * 3 * 8192 * 2304)).toBeCloseTo(1, 3);
  });

  it('splits mini as Qwen3-30B-A3B is made: 48 layers x 128 experts x 3 x 2048 x 768 = 29.0B routed', () => {
    expect(routedParameters(catalog.model('mini')!) / (48 * 128 * 3 * 2048 * 768)).toBeCloseTo(1, 2);
  });

  it('has dense peaks: fp8 is twice bf16, and no H100 reaches 3,958 TFLOP/s', () => {
    for (const name of ['h100-sxm', 'h200-sxm', 'b200']) {
      const { bf16, fp8 } = catalog.accelerator(name)!.peakFlops;
      expect(fp8! / bf16).toBeCloseTo(2, 3);
    }
    expect(catalog.accelerator('h100-sxm')!.peakFlops.fp8).toBeLessThan(2e15);
    expect(catalog.accelerator('a100-sxm-80gb')!.peakFlops.fp8).toBeNull();
  });

  it('has the global profile of peak / mean 1.50 and peak / trough 1.50 / 0.61 = 2.46', () => {
    const hours = catalog.profile('chatgpt-global-blended-2025')!.hours;
    expect(Math.max(...hours)).toBeCloseTo(1.5, 3);
    expect(Math.max(...hours) / Math.min(...hours)).toBeCloseTo(2.46, 2);
  });

  it('has the business profile busiest on weekdays at 19 UTC and quiet on weekends', () => {
    const hours = catalog.profile('azure-2024-code')!.hours;
    expect(hours.indexOf(Math.max(...hours))).toBe(19);
    expect(Math.max(...hours.slice(5 * 24))).toBeLessThan(1);
  });

  it('has length tables whose straight lines overstate the sample mean by 7 % (prompt) and 4 % (output)', () => {
    const meanOfLines = (name: string): number => {
      const { probabilities, tokens } = catalog.quantileTable(name)!;
      return tokens
        .slice(1)
        .reduce(
          (sum, top, at) => sum + (probabilities[at + 1]! - probabilities[at]!) * ((tokens[at]! + top) / 2),
          0,
        );
    };
    const overstated = (name: string) => meanOfLines(name) / catalog.quantileTable(name)!.sampleMean - 1;
    expect(overstated('azure-2023-conversation.prompt')).toBeCloseTo(0.067, 3);
    expect(overstated('azure-2023-conversation.output')).toBeCloseTo(0.036, 3);
  });

  it('says of every number where it comes from', () => {
    for (const { name, provenance } of catalog.entries) {
      expect(provenance.length, name).toBeGreaterThan(0);
      for (const { source, asOf } of provenance) {
        expect(source, name).not.toBe('');
        expect(Number.isNaN(Date.parse(asOf)), `${name} ${asOf}`).toBe(false);
      }
    }
  });
});

describe('reading a catalogue from disk', () => {
  it('reads a folder of the user, and names the file and line at fault', () => {
    mkdirSync(join(folder, 'own', 'deeper'), { recursive: true });
    writeFileSync(join(folder, 'own', 'deeper', 'x.yaml'), 'kind: model\nname: x\n');
    expect(() => readCatalog(join(folder, 'own'))).toThrow(InputError);
    expect(() => readCatalog(join(folder, 'own'))).toThrow(
      /own\/deeper\/x\.yaml:1 summary: "summary" is missing/,
    );
  });

  it('fails as the environment when the folder cannot be read', () => {
    expect(() => readCatalog(join(folder, 'nowhere'))).toThrow(EnvironmentError);
    expect(() => readCatalog(join(folder, 'nowhere'))).toThrow(/nowhere cannot be read/);
  });

  it('finds the shipped catalogue from src and from dist, or says that the package is not whole', () => {
    const root = join(folder, 'package');
    mkdirSync(join(root, 'dist', 'files'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{}');
    expect(shippedCatalogDirectory(join(root, 'dist', 'files'))).toBe(join(root, 'configs', 'catalog'));
    expect(shippedCatalogDirectory()).toBe(join(process.cwd(), 'configs', 'catalog'));
    expect(() => shippedCatalogDirectory('/nowhere/dist/files')).toThrow(EnvironmentError);
  });
});
