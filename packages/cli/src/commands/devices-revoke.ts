import { answer, defineCommand } from "../harness/command.ts";
import { literal, string } from "../harness/json-schema.ts";
import { deviceErrorKinds, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["devices", "revoke"],
  group: "Sessions & remote",
  summary: "make the key of a paired device invalid, at once",
  positionals: [{ name: "device_id", description: "id of the device; `parl devices` shows them" }],
  options: [urlOption],
  payload: [
    {
      name: "device_id",
      schema: string,
      presence: "always",
      description: "id of the device",
      input: "device_id",
    },
    { name: "revoked", schema: literal(true), presence: "always", description: "its connections are closed" },
  ],
  errorKinds: [...deviceErrorKinds, "device_not_found"],
  examples: ["parl devices revoke dev-3f9a"],
  stdout: "envelope",
  run: async (context, args) => {
    const { revokeDevice } = await import("../remote/devices.ts");
    return answer(await revokeDevice(context, args), (shown) => `${shown.device_id} is revoked.`);
  },
});
