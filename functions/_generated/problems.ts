// Generated from gpu/ by `python run.py render`; edit the source, not this file.

export const PROBLEMS = {
  "invalid-job": {
    "type": "/problems/invalid-job",
    "status": 422,
    "title_ko": "요청 내용이 올바르지 않아요",
    "title_en": "The request is not valid",
    "fix_ko": "표시된 항목을 고쳐서 다시 보내 주세요. 비용은 들지 않았어요.",
    "fix_en": "Correct the fields listed and send it again. Nothing was charged.",
    "retryable": false
  },
  "not-json": {
    "type": "/problems/not-json",
    "status": 400,
    "title_ko": "본문이 JSON이 아니에요",
    "title_en": "The body is not JSON",
    "fix_ko": "UTF-8로 쓴 JSON 객체를 보내 주세요.",
    "fix_en": "Send a JSON object in UTF-8.",
    "retryable": false
  },
  "wrong-content-type": {
    "type": "/problems/wrong-content-type",
    "status": 415,
    "title_ko": "Content-Type이 맞지 않아요",
    "title_en": "Wrong content type",
    "fix_ko": "Content-Type: application/json으로 보내 주세요.",
    "fix_en": "Send it with Content-Type: application/json.",
    "retryable": false
  },
  "body-too-large": {
    "type": "/problems/body-too-large",
    "status": 413,
    "title_ko": "보낸 내용이 너무 커요",
    "title_en": "The body is too large",
    "fix_ko": "그림은 20MB, JSON은 64KB까지 보낼 수 있어요.",
    "fix_en": "A picture may have 20 MB, a JSON body 64 KB.",
    "retryable": false
  },
  "length-required": {
    "type": "/problems/length-required",
    "status": 411,
    "title_ko": "Content-Length 헤더가 필요해요",
    "title_en": "A Content-Length header is needed",
    "fix_ko": "파일 크기를 알 수 있게 통째로 보내 주세요.",
    "fix_en": "Send the file as a whole, so that its size is known beforehand.",
    "retryable": false
  },
  "picture-unsupported": {
    "type": "/problems/picture-unsupported",
    "status": 415,
    "title_ko": "지원하지 않는 그림 형식이에요",
    "title_en": "This picture format is not supported",
    "fix_ko": "PNG, JPEG, WebP 그림을 올려 주세요.",
    "fix_en": "Upload a PNG, JPEG or WebP picture.",
    "retryable": false
  },
  "picture-refused": {
    "type": "/problems/picture-refused",
    "status": 422,
    "title_ko": "이 그림은 쓸 수 없어요",
    "title_en": "This picture cannot be used",
    "fix_ko": "그림이 깨지지 않았는지, 한 변이 64~12,000픽셀이고 전체가 4천만 픽셀 이하인지 확인해 주세요.",
    "fix_en": "Check that the file is whole, each side has 64 to 12,000 pixels and the whole at most 40 million.",
    "retryable": false
  },
  "upload-not-found": {
    "type": "/problems/upload-not-found",
    "status": 404,
    "title_ko": "올린 그림을 찾을 수 없어요",
    "title_en": "That upload was not found",
    "fix_ko": "그림을 다시 올려 주세요.",
    "fix_en": "Upload the picture again.",
    "retryable": false
  },
  "job-not-found": {
    "type": "/problems/job-not-found",
    "status": 404,
    "title_ko": "작업을 찾을 수 없어요",
    "title_en": "That job was not found",
    "fix_ko": "주소를 확인해 주세요. 다른 브라우저에서 만든 작업은 여기서 볼 수 없어요.",
    "fix_en": "Check the address. Jobs made in another browser cannot be seen here.",
    "retryable": false
  },
  "route-not-found": {
    "type": "/problems/route-not-found",
    "status": 404,
    "title_ko": "없는 주소예요",
    "title_en": "There is nothing at this address",
    "fix_ko": "API 주소를 확인해 주세요.",
    "fix_en": "Check the path.",
    "retryable": false
  },
  "method-not-allowed": {
    "type": "/problems/method-not-allowed",
    "status": 405,
    "title_ko": "이 주소에서 쓸 수 없는 메서드예요",
    "title_en": "That method is not allowed here",
    "fix_ko": "Allow 헤더에 있는 메서드를 써 주세요.",
    "fix_en": "Use one of the methods in the Allow header.",
    "retryable": false
  },
  "range-not-satisfiable": {
    "type": "/problems/range-not-satisfiable",
    "status": 416,
    "title_ko": "요청한 범위가 파일을 벗어났어요",
    "title_en": "The range lies outside the file",
    "fix_ko": "Content-Range 헤더의 길이 안에서 요청해 주세요.",
    "fix_en": "Ask within the length given in Content-Range.",
    "retryable": false
  },
  "idempotency-key-invalid": {
    "type": "/problems/idempotency-key-invalid",
    "status": 400,
    "title_ko": "Idempotency-Key가 올바르지 않아요",
    "title_en": "The Idempotency-Key is not valid",
    "fix_ko": "8~128자의 영문, 숫자, '-', '_', '.', ':'로 된 키를 보내 주세요.",
    "fix_en": "Send 8 to 128 letters, digits, '-', '_', '.' or ':'.",
    "retryable": false
  },
  "idempotency-conflict": {
    "type": "/problems/idempotency-conflict",
    "status": 409,
    "title_ko": "같은 키로 다른 내용이 왔어요",
    "title_en": "The key was used with another body",
    "fix_ko": "새 Idempotency-Key로 보내 주세요.",
    "fix_en": "Send it with a new Idempotency-Key.",
    "retryable": false
  },
  "cap-exceeded": {
    "type": "/problems/cap-exceeded",
    "status": 402,
    "title_ko": "정해 둔 금액 한도를 넘어요",
    "title_en": "This would go over the spending cap",
    "fix_ko": "더 짧거나 작은 설정을 고르거나, 한도를 올리거나, 내일 다시 시도해 주세요. 비용은 들지 않았어요.",
    "fix_en": "Choose a shorter or smaller clip, raise the cap, or try again tomorrow. Nothing was charged.",
    "retryable": false
  },
  "job-not-cancelable": {
    "type": "/problems/job-not-cancelable",
    "status": 409,
    "title_ko": "이미 끝난 작업이에요",
    "title_en": "The job has already ended",
    "fix_ko": "작업 상태를 다시 불러와 주세요.",
    "fix_en": "Load the job again to see how it ended.",
    "retryable": false
  },
  "job-not-finished": {
    "type": "/problems/job-not-finished",
    "status": 409,
    "title_ko": "아직 끝나지 않은 작업이에요",
    "title_en": "The job has not ended yet",
    "fix_ko": "끝날 때까지 기다리거나 먼저 취소해 주세요.",
    "fix_en": "Wait until it ends, or cancel it first.",
    "retryable": true
  },
  "cross-site-refused": {
    "type": "/problems/cross-site-refused",
    "status": 403,
    "title_ko": "다른 사이트에서 온 요청이에요",
    "title_en": "The request came from another site",
    "fix_ko": "이 사이트에서 직접 요청해 주세요.",
    "fix_en": "Send it from this site itself.",
    "retryable": false
  },
  "event-unsigned": {
    "type": "/problems/event-unsigned",
    "status": 401,
    "title_ko": "서명이 없거나 맞지 않아요",
    "title_en": "The signature is missing or wrong",
    "fix_ko": "양쪽의 EVENT_SECRET이 같은지 확인해 주세요.",
    "fix_en": "Check that both sides hold the same EVENT_SECRET.",
    "retryable": false
  },
  "event-stale": {
    "type": "/problems/event-stale",
    "status": 401,
    "title_ko": "서명한 시각이 허용 범위를 벗어났어요",
    "title_en": "The signature is too old or too new",
    "fix_ko": "시계를 맞추고 새로 서명해서 보내 주세요.",
    "fix_en": "Set the clock and sign the event anew.",
    "retryable": false
  },
  "event-conflict": {
    "type": "/problems/event-conflict",
    "status": 409,
    "title_ko": "이미 지나간 알림이에요",
    "title_en": "The event is out of date",
    "fix_ko": "작업은 바뀌지 않았어요. 다시 보내지 않아도 돼요.",
    "fix_en": "The job was not changed. There is no need to send it again.",
    "retryable": false
  },
  "proxy-key-refused": {
    "type": "/problems/proxy-key-refused",
    "status": 401,
    "title_ko": "GPU 서비스 열쇠가 맞지 않아요",
    "title_en": "The GPU service refused the key",
    "fix_ko": "GPU_KEY와 GPU_SECRET을 확인해 주세요.",
    "fix_en": "Check GPU_KEY and GPU_SECRET.",
    "retryable": false
  },
  "call-not-found": {
    "type": "/problems/call-not-found",
    "status": 404,
    "title_ko": "그런 호출이 없어요",
    "title_en": "That call is not known",
    "fix_ko": "작업을 다시 보내 주세요.",
    "fix_en": "Dispatch the job again.",
    "retryable": false
  },
  "gpu-unreachable": {
    "type": "/problems/gpu-unreachable",
    "status": 503,
    "title_ko": "GPU 서비스에 연결하지 못했어요",
    "title_en": "The GPU service could not be reached",
    "fix_ko": "잠시 뒤에 다시 만들기를 눌러 주세요. 비용은 들지 않았어요.",
    "fix_en": "Run it again in a little while. Nothing was charged.",
    "retryable": true
  },
  "worker-lost": {
    "type": "/problems/worker-lost",
    "status": 503,
    "title_ko": "작업하던 GPU가 사라졌어요",
    "title_en": "The GPU that worked on it was lost",
    "fix_ko": "다시 만들기를 눌러 주세요. 이 작업의 비용은 받지 않아요.",
    "fix_en": "Run it again. This job is not charged.",
    "retryable": true
  },
  "out-of-gpu-memory": {
    "type": "/problems/out-of-gpu-memory",
    "status": 507,
    "title_ko": "GPU 메모리가 모자랐어요",
    "title_en": "The GPU ran out of memory",
    "fix_ko": "더 작은 크기나 짧은 길이로 다시 만들어 주세요. 비용은 받지 않아요.",
    "fix_en": "Make it again smaller or shorter. It is not charged.",
    "retryable": false
  },
  "weights-unusable": {
    "type": "/problems/weights-unusable",
    "status": 503,
    "title_ko": "모델 파일을 쓸 수 없어요",
    "title_en": "The model files cannot be used",
    "fix_ko": "운영자가 모델 파일을 다시 받아야 해요. 비용은 받지 않아요.",
    "fix_en": "The operator has to fetch the model files again. It is not charged.",
    "retryable": false
  },
  "storage-refused": {
    "type": "/problems/storage-refused",
    "status": 502,
    "title_ko": "저장소에 쓰지 못했어요",
    "title_en": "The storage refused the file",
    "fix_ko": "잠시 뒤에 다시 만들어 주세요. 비용은 받지 않아요.",
    "fix_en": "Run it again in a little while. It is not charged.",
    "retryable": true
  },
  "signing-unusable": {
    "type": "/problems/signing-unusable",
    "status": 503,
    "title_ko": "영상에 서명할 열쇠를 쓸 수 없어요",
    "title_en": "The key that signs clips cannot be used",
    "fix_ko": "운영자가 서명 열쇠와 인증서를 바꿔야 해요. 비용은 받지 않아요.",
    "fix_en": "The operator has to replace the signing key and its certificates. It is not charged.",
    "retryable": false
  },
  "settings-incomplete": {
    "type": "/problems/settings-incomplete",
    "status": 503,
    "title_ko": "GPU 서비스의 설정이 빠졌거나 틀려요",
    "title_en": "The GPU service's settings are incomplete or wrong",
    "fix_ko": "운영자가 GPU 서비스의 비밀값을 모두 넣고 다시 배포해야 해요. 비용은 받지 않아요.",
    "fix_en": "The operator has to complete the GPU service's secrets and deploy it again. It is not charged.",
    "retryable": false
  },
  "starts-failing": {
    "type": "/problems/starts-failing",
    "status": 503,
    "title_ko": "GPU 서비스가 계속 시작하지 못해요",
    "title_en": "The GPU service keeps failing to start",
    "fix_ko": "작업은 기다리고 있어요. 계속되면 운영자가 GPU 서비스의 기록에서 까닭을 찾아 고쳐야 해요.",
    "fix_en": "Jobs wait. If it goes on, the operator has to find the cause in the GPU service's log and mend it.",
    "retryable": true
  },
  "deadline-exceeded": {
    "type": "/problems/deadline-exceeded",
    "status": 504,
    "title_ko": "정해진 시간 안에 끝내지 못했어요",
    "title_en": "It did not finish in time",
    "fix_ko": "더 짧거나 작은 설정으로 다시 만들어 주세요. 비용은 받지 않아요.",
    "fix_en": "Run it again with a shorter or smaller clip. It is not charged.",
    "retryable": true
  },
  "render-failed": {
    "type": "/problems/render-failed",
    "status": 500,
    "title_ko": "영상을 만들다가 문제가 생겼어요",
    "title_en": "Making the clip failed",
    "fix_ko": "다시 만들기를 눌러 주세요. 또 실패하면 작업 번호를 알려 주세요. 비용은 받지 않아요.",
    "fix_en": "Run it again. If it fails once more, report the job's id. It is not charged.",
    "retryable": true
  },
  "job-canceled": {
    "type": "/problems/job-canceled",
    "status": 409,
    "title_ko": "취소한 작업이에요",
    "title_en": "The job was canceled",
    "fix_ko": "쓴 시간만큼만 비용을 받아요.",
    "fix_en": "Only the seconds used are charged.",
    "retryable": false
  },
  "internal": {
    "type": "/problems/internal",
    "status": 500,
    "title_ko": "서버에서 문제가 생겼어요",
    "title_en": "Something went wrong on the server",
    "fix_ko": "다시 시도해 주세요. 계속되면 요청 번호를 알려 주세요.",
    "fix_en": "Try again. If it goes on, report the request id.",
    "retryable": true
  }
} as const;

export type ProblemSlug = keyof typeof PROBLEMS;
