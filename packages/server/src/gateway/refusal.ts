import {
  MESH_ERROR_CODES,
  WireError,
  type AckFrame,
  type ErrorFrame,
  type MeshErrorCode,
  type MeshErrorDetail,
  type RequestId,
} from "@parlatory/protocol";
import { StoreUnavailableError } from "../store/store.ts";

/** Why a frame was not carried out, as it is said to the client. */
export interface Refusal {
  readonly code: MeshErrorCode;
  readonly message: string;
  readonly detail: MeshErrorDetail;
}

/** What an answer echoes of the frame it answers ([FRM-1], [FRM-3]). */
export interface Echo {
  readonly id?: string | undefined;
  readonly reqId?: RequestId | undefined;
}

export function refusal(
  code: MeshErrorCode,
  message: string = MESH_ERROR_CODES[code].message,
  detail: MeshErrorDetail = {},
): Refusal {
  return { code, message, detail };
}

/**
 * The one place of the gateway that turns what was thrown into what is said: a fault of ours is never blamed on the
 * client and never described to it ([FRM-7]). `isFault` tells that it must be logged.
 */
export function toRefusal(error: unknown): Refusal & { readonly isFault: boolean } {
  if (error instanceof WireError) {
    return { code: error.code, message: error.message, detail: error.detail, isFault: error.code === "internal" };
  }
  if (error instanceof StoreUnavailableError) return { ...refusal("storage_unavailable"), isFault: false };
  return { ...refusal("internal"), isFault: true };
}

/** [FRM-1]. */
export function errorFrame(refused: Refusal, echo: Echo): ErrorFrame {
  return {
    type: "error",
    code: refused.code,
    message: refused.message,
    ...(echo.id === undefined ? {} : { id: echo.id }),
    ...(refused.detail as Partial<ErrorFrame>),
    ...(echo.reqId === undefined ? {} : { _reqId: echo.reqId }),
  };
}

/** The answer to a refused send of a modern client ([SEND-4]). */
export function negativeAck(refused: Refusal, echo: Echo): AckFrame {
  const { current: _, serverTime: __, ...detail } = refused.detail;
  return {
    type: "ack",
    id: echo.id ?? "",
    messageId: "",
    queued: false,
    code: refused.code,
    error: refused.message,
    ...detail,
    ...(echo.reqId === undefined ? {} : { _reqId: echo.reqId }),
  };
}
