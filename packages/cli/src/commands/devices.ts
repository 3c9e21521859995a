import { answer, defineCommand } from "../harness/command.ts";
import { list, nullable, object, string } from "../harness/json-schema.ts";
import { deviceErrorKinds, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["devices"],
  group: "Sessions & remote",
  summary: "list the paired devices, or revoke one",
  positionals: [],
  options: [urlOption],
  payload: [
    {
      name: "devices",
      schema: list(
        object({
          device_id: string,
          name: string,
          paired_at: string,
          last_seen_at: string,
          last_address: nullable(string),
        }),
      ),
      presence: "always",
      description: "devices that may use the remote, beside the holder of the main key",
    },
  ],
  errorKinds: deviceErrorKinds,
  examples: ["parl devices", "parl devices --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { listDevices } = await import("../remote/devices.ts");
    const { columns } = await import("../output/columns.ts");
    return answer(await listDevices(context, args), ({ devices }) =>
      devices.length === 0
        ? "No device is paired. Pair one with: parl pair"
        : columns(
            ["ID", "NAME", "PAIRED", "LAST SEEN", "FROM"],
            devices.map((device) => [
              device.device_id,
              device.name,
              device.paired_at,
              device.last_seen_at,
              device.last_address,
            ]),
          ),
    );
  },
});
