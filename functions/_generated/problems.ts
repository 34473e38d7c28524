// Generated from gpu/ by `python run.py render`; edit the source, not this file.

export const PROBLEMS = {
  "access-not-configured": {
    "type": "/problems/access-not-configured",
    "status": 503,
    "title_ko": "사이트의 접근 설정이 아직 없어요",
    "title_en": "Access to this site is not configured",
    "fix_ko": "운영자가 ACCESS_MODE와 그 설정을 넣고 다시 배포해야 해요. 돈은 들지 않았어요.",
    "fix_en": "The operator has to set ACCESS_MODE and its settings, and deploy again. Nothing was charged.",
    "retryable": false
  },
  "batch-not-found": {
    "type": "/problems/batch-not-found",
    "status": 404,
    "title_ko": "묶음을 찾을 수 없어요",
    "title_en": "That batch was not found",
    "fix_ko": "장면 표를 새로 열어 주세요.",
    "fix_en": "Load the scene table again.",
    "retryable": false
  },
  "body-cut-off": {
    "type": "/problems/body-cut-off",
    "status": 400,
    "title_ko": "보낸 내용이 중간에 끊겼어요",
    "title_en": "The body was cut off",
    "fix_ko": "처음부터 다시 보내 주세요. 저장된 것은 없어요.",
    "fix_en": "Send it again from the start. Nothing was stored.",
    "retryable": true
  },
  "body-too-large": {
    "type": "/problems/body-too-large",
    "status": 413,
    "title_ko": "보낸 내용이 너무 커요",
    "title_en": "The body is too large",
    "fix_ko": "이미지는 20MB, JSON은 64KB까지 보낼 수 있어요.",
    "fix_en": "A picture may have 20 MB, a JSON body 64 KB.",
    "retryable": false
  },
  "busy": {
    "type": "/problems/busy",
    "status": 503,
    "title_ko": "지금은 요청이 몰려 있어요",
    "title_en": "The site is busy at the moment",
    "fix_ko": "몇 초 뒤에 그대로 다시 보내 주세요. 같은 Idempotency-Key로 보내면 두 번 만들어지지 않아요.",
    "fix_en": "Send it again in a few seconds, unchanged. With the same Idempotency-Key nothing is made twice.",
    "retryable": true
  },
  "call-not-found": {
    "type": "/problems/call-not-found",
    "status": 404,
    "title_ko": "그런 호출이 없어요",
    "title_en": "That call is not known",
    "fix_ko": "영상을 다시 보내 주세요.",
    "fix_en": "Dispatch the job again.",
    "retryable": false
  },
  "cap-exceeded": {
    "type": "/problems/cap-exceeded",
    "status": 402,
    "title_ko": "금액 한도를 넘어서 만들 수 없어요",
    "title_en": "This would go over the spending cap",
    "fix_ko": "더 짧거나 작은 설정을 고르거나, 내일 이어서 만들어 주세요. 돈은 들지 않았어요.",
    "fix_en": "Choose a shorter or smaller clip, or go on tomorrow. Nothing was charged.",
    "retryable": false
  },
  "challenge-failed": {
    "type": "/problems/challenge-failed",
    "status": 403,
    "title_ko": "사람인지 확인하지 못했어요",
    "title_en": "The check that you are human failed",
    "fix_ko": "화면을 새로 고치고 확인을 다시 해 주세요.",
    "fix_en": "Reload the page and complete the check again.",
    "retryable": false
  },
  "challenge-unreachable": {
    "type": "/problems/challenge-unreachable",
    "status": 503,
    "title_ko": "지금은 확인을 받을 수 없어요",
    "title_en": "The check cannot be made right now",
    "fix_ko": "확인 서비스가 답하지 않아요. 잠시 뒤에 다시 시도해 주세요. 돈은 들지 않았어요.",
    "fix_en": "The service behind the check does not answer. Try again in a little while. Nothing was charged.",
    "retryable": true
  },
  "channel-preset-not-found": {
    "type": "/problems/channel-preset-not-found",
    "status": 404,
    "title_ko": "채널 설정을 찾을 수 없어요",
    "title_en": "Those channel settings were not found",
    "fix_ko": "목록을 새로 열어 주세요.",
    "fix_en": "Load the list again.",
    "retryable": false
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
  "deadline-exceeded": {
    "type": "/problems/deadline-exceeded",
    "status": 504,
    "title_ko": "정해진 시간 안에 끝내지 못했어요",
    "title_en": "It did not finish in time",
    "fix_ko": "더 짧게 하거나 화질을 낮춰서 다시 만들어 주세요. 돈은 들지 않았어요.",
    "fix_en": "Run it again with a shorter or smaller clip. It is not charged.",
    "retryable": true
  },
  "event-conflict": {
    "type": "/problems/event-conflict",
    "status": 409,
    "title_ko": "이미 지나간 알림이에요",
    "title_en": "The event is out of date",
    "fix_ko": "영상은 바뀌지 않았어요. 다시 보내지 않아도 돼요.",
    "fix_en": "The job was not changed. There is no need to send it again.",
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
  "event-unsigned": {
    "type": "/problems/event-unsigned",
    "status": 401,
    "title_ko": "서명이 없거나 맞지 않아요",
    "title_en": "The signature is missing or wrong",
    "fix_ko": "양쪽의 EVENT_SECRET이 같은지 확인해 주세요.",
    "fix_en": "Check that both sides hold the same EVENT_SECRET.",
    "retryable": false
  },
  "gpu-unreachable": {
    "type": "/problems/gpu-unreachable",
    "status": 503,
    "title_ko": "GPU 서비스에 연결하지 못했어요",
    "title_en": "The GPU service could not be reached",
    "fix_ko": "잠시 뒤에 다시 만들기를 눌러 주세요. 돈은 들지 않았어요.",
    "fix_en": "Run it again in a little while. Nothing was charged.",
    "retryable": true
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
  "idempotency-key-invalid": {
    "type": "/problems/idempotency-key-invalid",
    "status": 400,
    "title_ko": "Idempotency-Key가 올바르지 않아요",
    "title_en": "The Idempotency-Key is not valid",
    "fix_ko": "8~128자의 영문, 숫자, '-', '_', '.', ':'로 된 키를 보내 주세요.",
    "fix_en": "Send 8 to 128 letters, digits, '-', '_', '.' or ':'.",
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
  },
  "invalid-job": {
    "type": "/problems/invalid-job",
    "status": 422,
    "title_ko": "요청 내용이 올바르지 않아요",
    "title_en": "The request is not valid",
    "fix_ko": "표시된 항목을 고쳐서 다시 보내 주세요. 돈은 들지 않았어요.",
    "fix_en": "Correct the fields listed and send it again. Nothing was charged.",
    "retryable": false
  },
  "job-canceled": {
    "type": "/problems/job-canceled",
    "status": 409,
    "title_ko": "취소한 영상이에요",
    "title_en": "The job was canceled",
    "fix_ko": "취소할 때까지 쓴 시간만큼만 돈이 들어요.",
    "fix_en": "Only the seconds used are charged.",
    "retryable": false
  },
  "job-not-cancelable": {
    "type": "/problems/job-not-cancelable",
    "status": 409,
    "title_ko": "이미 끝난 영상이에요",
    "title_en": "The job has already ended",
    "fix_ko": "영상을 다시 불러와 주세요.",
    "fix_en": "Load the job again to see how it ended.",
    "retryable": false
  },
  "job-not-finished": {
    "type": "/problems/job-not-finished",
    "status": 409,
    "title_ko": "아직 끝나지 않은 영상이에요",
    "title_en": "The job has not ended yet",
    "fix_ko": "끝날 때까지 기다리거나 먼저 취소해 주세요.",
    "fix_en": "Wait until it ends, or cancel it first.",
    "retryable": true
  },
  "job-not-found": {
    "type": "/problems/job-not-found",
    "status": 404,
    "title_ko": "영상을 찾을 수 없어요",
    "title_en": "That job was not found",
    "fix_ko": "주소를 확인해 주세요. 로그인하지 않고 만든 영상은 만든 브라우저에서만 볼 수 있어요.",
    "fix_en": "Check the address. Clips made without signing in can be seen only in the browser that made them.",
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
  "marker-unreadable": {
    "type": "/problems/marker-unreadable",
    "status": 500,
    "title_ko": "만든 영상을 읽지 못했어요",
    "title_en": "The result of the job cannot be read",
    "fix_ko": "운영자가 고치면 영상이 나타날 수 있어요. 급하면 다시 만들어 주세요. 돈은 들지 않았어요.",
    "fix_en": "The clip may appear once the operator has mended it. If it is urgent, run it again. It is not charged.",
    "retryable": true
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
  "not-json": {
    "type": "/problems/not-json",
    "status": 400,
    "title_ko": "본문이 JSON이 아니에요",
    "title_en": "The body is not JSON",
    "fix_ko": "UTF-8로 쓴 JSON 객체를 보내 주세요.",
    "fix_en": "Send a JSON object in UTF-8.",
    "retryable": false
  },
  "nothing-to-claim": {
    "type": "/problems/nothing-to-claim",
    "status": 409,
    "title_ko": "옮길 영상이 없어요",
    "title_en": "There are no clips to move",
    "fix_ko": "이 브라우저에서 만든 영상이 없거나 이미 옮겨졌어요. 로그인한 뒤에만 옮길 수 있어요.",
    "fix_en": "This browser made none, or they were moved already. They can be moved only after you sign in.",
    "retryable": false
  },
  "nothing-to-make": {
    "type": "/problems/nothing-to-make",
    "status": 409,
    "title_ko": "새로 만들 장면이 없어요",
    "title_en": "There is no scene to make",
    "fix_ko": "빈 장면이나 이미 만든 장면뿐이에요. 이미 만든 장면은 '다시'를 골라야 또 만들어요. 돈은 들지 않았어요.",
    "fix_en": "These scenes are empty, or made already. What is made is made again only when you ask for it. Nothing was charged.",
    "retryable": false
  },
  "operator-only": {
    "type": "/problems/operator-only",
    "status": 403,
    "title_ko": "운영자만 할 수 있어요",
    "title_en": "Only an operator may do this",
    "fix_ko": "운영자 계정으로 로그인하거나 운영자의 토큰을 써 주세요.",
    "fix_en": "Sign in as an operator, or use a token of theirs.",
    "retryable": false
  },
  "out-of-gpu-memory": {
    "type": "/problems/out-of-gpu-memory",
    "status": 507,
    "title_ko": "이 길이와 화질은 지금 GPU로 만들 수 없었어요",
    "title_en": "The GPU ran out of memory",
    "fix_ko": "더 짧게 하거나 화질을 낮춰서 다시 만들어 주세요. 돈은 들지 않았어요.",
    "fix_en": "Make it again smaller or shorter. It is not charged.",
    "retryable": false
  },
  "paused-by-operator": {
    "type": "/problems/paused-by-operator",
    "status": 503,
    "title_ko": "운영자가 새 요청을 잠시 막아 두었어요",
    "title_en": "The operator has paused new jobs",
    "fix_ko": "만드는 중인 영상과 이미지, 끝난 영상은 그대로예요. 나중에 다시 보내 주세요. 돈은 들지 않았어요.",
    "fix_en": "Your accepted jobs, pictures and clips are kept. Send this one again later. Nothing was charged.",
    "retryable": true
  },
  "picture-refused": {
    "type": "/problems/picture-refused",
    "status": 422,
    "title_ko": "이 이미지는 쓸 수 없어요",
    "title_en": "This picture cannot be used",
    "fix_ko": "이미지가 깨지지 않았는지, 한 변이 64~12,000픽셀이고 전체가 4천만 픽셀 이하인지 확인해 주세요.",
    "fix_en": "Check that the file is whole, each side has 64 to 12,000 pixels and the whole at most 40 million.",
    "retryable": false
  },
  "picture-unsupported": {
    "type": "/problems/picture-unsupported",
    "status": 415,
    "title_ko": "지원하지 않는 이미지 형식이에요",
    "title_en": "This picture format is not supported",
    "fix_ko": "PNG, JPEG, WebP 이미지를 올려 주세요.",
    "fix_en": "Upload a PNG, JPEG or WebP picture.",
    "retryable": false
  },
  "precondition-failed": {
    "type": "/problems/precondition-failed",
    "status": 412,
    "title_ko": "그 사이에 파일이 바뀌었어요",
    "title_en": "The file has changed meanwhile",
    "fix_ko": "파일을 처음부터 다시 받아 주세요.",
    "fix_en": "Load the file again from the start.",
    "retryable": false
  },
  "project-not-found": {
    "type": "/problems/project-not-found",
    "status": 404,
    "title_ko": "장면 표를 찾을 수 없어요",
    "title_en": "That scene table was not found",
    "fix_ko": "주소를 확인해 주세요. 지운 표는 하루 안에 되돌릴 수 있어요.",
    "fix_en": "Check the address. A deleted table can be restored for a day.",
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
  "queue-timeout": {
    "type": "/problems/queue-timeout",
    "status": 503,
    "title_ko": "너무 오래 기다려도 GPU 차례가 오지 않았어요",
    "title_en": "No GPU became free in time",
    "fix_ko": "조금 뒤에 다시 만들기를 눌러 주세요. 돈은 들지 않았어요.",
    "fix_en": "Run it again a little later. Nothing was charged.",
    "retryable": true
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
  "rate-limited": {
    "type": "/problems/rate-limited",
    "status": 429,
    "title_ko": "한 시간에 할 수 있는 횟수를 다 썼어요",
    "title_en": "The limit for this hour is reached",
    "fix_ko": "Retry-After 헤더의 시간이 지난 뒤에 다시 시도해 주세요. 돈은 들지 않았어요.",
    "fix_en": "Try again after the time in the Retry-After header. Nothing was charged.",
    "retryable": true
  },
  "render-failed": {
    "type": "/problems/render-failed",
    "status": 500,
    "title_ko": "영상을 만들다가 문제가 생겼어요",
    "title_en": "Making the clip failed",
    "fix_ko": "다시 만들기를 눌러 주세요. 또 실패하면 영상 번호를 알려 주세요. 돈은 들지 않았어요.",
    "fix_en": "Run it again. If it fails once more, report the job's id. It is not charged.",
    "retryable": true
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
  "scene-file-unreadable": {
    "type": "/problems/scene-file-unreadable",
    "status": 422,
    "title_ko": "장면 파일을 읽지 못했어요",
    "title_en": "The scene file could not be read",
    "fix_ko": "표시된 줄을 고쳐서 다시 넣어 주세요. 바뀐 것은 없어요.",
    "fix_en": "Correct the lines listed and try again. Nothing was changed.",
    "retryable": false
  },
  "session-needed": {
    "type": "/problems/session-needed",
    "status": 401,
    "title_ko": "사람인지 먼저 확인해야 해요",
    "title_en": "A check that you are human comes first",
    "fix_ko": "화면 위의 확인을 마친 뒤 이어서 해 주세요. 쓰던 내용은 그대로 있고, 돈은 들지 않았어요.",
    "fix_en": "Complete the check at the top of the page, then go on. Nothing is lost, and nothing was charged.",
    "retryable": false
  },
  "settings-incomplete": {
    "type": "/problems/settings-incomplete",
    "status": 503,
    "title_ko": "GPU 서비스의 설정이 빠졌거나 틀려요",
    "title_en": "The GPU service's settings are incomplete or wrong",
    "fix_ko": "운영자가 GPU 서비스의 비밀값을 모두 넣고 다시 배포해야 해요. 돈은 들지 않았어요.",
    "fix_en": "The operator has to complete the GPU service's secrets and deploy it again. It is not charged.",
    "retryable": false
  },
  "sign-in-needed": {
    "type": "/problems/sign-in-needed",
    "status": 401,
    "title_ko": "로그인이 필요해요",
    "title_en": "You need to sign in",
    "fix_ko": "다시 로그인한 뒤 이어서 해 주세요. 쓰던 내용은 그대로 있고, 돈은 들지 않았어요.",
    "fix_en": "Sign in again, then go on. Nothing you typed is lost, and nothing was charged.",
    "retryable": false
  },
  "sign-in-unreachable": {
    "type": "/problems/sign-in-unreachable",
    "status": 503,
    "title_ko": "로그인을 확인하지 못했어요",
    "title_en": "Your sign-in could not be checked",
    "fix_ko": "로그인 서비스가 답하지 않아요. 잠시 뒤에 다시 시도해 주세요. 돈은 들지 않았어요.",
    "fix_en": "The sign-in service does not answer. Try again in a little while. Nothing was charged.",
    "retryable": true
  },
  "signing-unusable": {
    "type": "/problems/signing-unusable",
    "status": 503,
    "title_ko": "AI 출처 표시에 문제가 있어 지금은 만들 수 없어요",
    "title_en": "The key that signs clips cannot be used",
    "fix_ko": "운영자가 서명 열쇠와 인증서를 바꿔야 해요. 돈은 들지 않았어요.",
    "fix_en": "The operator has to replace the signing key and its certificates. It is not charged.",
    "retryable": false
  },
  "sound-refused": {
    "type": "/problems/sound-refused",
    "status": 422,
    "title_ko": "이 소리 파일은 쓸 수 없어요",
    "title_en": "This sound cannot be used",
    "fix_ko": "파일이 깨지지 않았는지, 0.5~60초이고 모노나 스테레오인지 확인해 주세요.",
    "fix_en": "Check that the file is whole, lasts 0.5 to 60 seconds and is mono or stereo.",
    "retryable": false
  },
  "sound-unsupported": {
    "type": "/problems/sound-unsupported",
    "status": 415,
    "title_ko": "지원하지 않는 소리 파일이에요",
    "title_en": "This sound format is not supported",
    "fix_ko": "WAV, MP3, M4A 파일을 올려 주세요.",
    "fix_en": "Upload a WAV, MP3 or M4A file.",
    "retryable": false
  },
  "starts-failing": {
    "type": "/problems/starts-failing",
    "status": 503,
    "title_ko": "GPU 서비스가 계속 시작하지 못해요",
    "title_en": "The GPU service keeps failing to start",
    "fix_ko": "영상은 순서를 기다리고 있어요. 계속되면 운영자가 GPU 서비스의 기록에서 까닭을 찾아 고쳐야 해요.",
    "fix_en": "Jobs wait. If it goes on, the operator has to find the cause in the GPU service's log and mend it.",
    "retryable": true
  },
  "storage-refused": {
    "type": "/problems/storage-refused",
    "status": 502,
    "title_ko": "영상을 저장하지 못했어요",
    "title_en": "The storage refused the file",
    "fix_ko": "잠시 뒤에 다시 만들어 주세요. 돈은 들지 않았어요.",
    "fix_en": "Run it again in a little while. It is not charged.",
    "retryable": true
  },
  "token-invalid": {
    "type": "/problems/token-invalid",
    "status": 401,
    "title_ko": "API 토큰을 쓸 수 없어요",
    "title_en": "The API token is not valid",
    "fix_ko": "토큰을 빠짐없이 옮겼는지, 기한이 지나거나 취소하지 않았는지 확인하고, 필요하면 새로 만들어 주세요.",
    "fix_en": "Check that the token is whole, in time and not revoked, or make a new one.",
    "retryable": false
  },
  "token-not-allowed": {
    "type": "/problems/token-not-allowed",
    "status": 403,
    "title_ko": "이 토큰으로는 할 수 없는 일이에요",
    "title_en": "This token does not allow that",
    "fix_ko": "필요한 권한이 있는 토큰을 써 주세요. 토큰과 웹훅은 사이트에 로그인해서만 관리할 수 있어요.",
    "fix_en": "Use a token with that scope. Tokens and webhooks are managed by a signed-in person alone.",
    "retryable": false
  },
  "token-not-found": {
    "type": "/problems/token-not-found",
    "status": 404,
    "title_ko": "그런 토큰이 없어요",
    "title_en": "That token was not found",
    "fix_ko": "토큰 목록을 다시 불러와 주세요.",
    "fix_en": "Load the list of tokens again.",
    "retryable": false
  },
  "too-many": {
    "type": "/problems/too-many",
    "status": 409,
    "title_ko": "더 만들 수 없어요",
    "title_en": "There are too many already",
    "fix_ko": "쓰지 않는 것을 지운 뒤에 다시 시도해 주세요.",
    "fix_en": "Delete one that is not in use, then try again.",
    "retryable": false
  },
  "too-many-open-jobs": {
    "type": "/problems/too-many-open-jobs",
    "status": 429,
    "title_ko": "기다리는 영상이 너무 많아요",
    "title_en": "Too many jobs are still waiting",
    "fix_ko": "영상이 몇 개 끝난 뒤에 다시 만들어 주세요. 돈은 들지 않았어요.",
    "fix_en": "Send it again once some of them have ended. Nothing was charged.",
    "retryable": true
  },
  "too-many-scenes": {
    "type": "/problems/too-many-scenes",
    "status": 422,
    "title_ko": "한 표에는 장면을 200개까지 넣을 수 있어요",
    "title_en": "A table holds up to 200 scenes",
    "fix_ko": "표를 나누어 주세요. 바뀐 것은 없어요.",
    "fix_en": "Split it into several tables. Nothing was changed.",
    "retryable": false
  },
  "too-many-undone-jobs": {
    "type": "/problems/too-many-undone-jobs",
    "status": 429,
    "title_ko": "시작 전에 취소했거나 실패한 영상이 너무 많아요",
    "title_en": "Too many jobs were canceled early or failed",
    "fix_ko": "조금 기다렸다가 다시 보내 주세요. 돈은 들지 않았어요.",
    "fix_en": "Wait a while and send it again. Nothing was charged.",
    "retryable": true
  },
  "too-many-uploads": {
    "type": "/problems/too-many-uploads",
    "status": 429,
    "title_ko": "올린 이미지가 너무 많아요",
    "title_en": "Too many pictures were uploaded",
    "fix_ko": "쓰지 않는 이미지를 지우거나, 조금 기다렸다가 다시 올려 주세요.",
    "fix_en": "Delete pictures that you no longer need, or wait a while and upload it again.",
    "retryable": true
  },
  "upload-in-use": {
    "type": "/problems/upload-in-use",
    "status": 409,
    "title_ko": "영상을 만드는 데 쓰고 있는 이미지예요",
    "title_en": "A job is using this picture",
    "fix_ko": "영상이 끝난 뒤에 지워 주세요.",
    "fix_en": "Delete it once the job has ended.",
    "retryable": true
  },
  "upload-not-found": {
    "type": "/problems/upload-not-found",
    "status": 404,
    "title_ko": "올린 이미지를 찾을 수 없어요",
    "title_en": "That upload was not found",
    "fix_ko": "이미지를 다시 올려 주세요.",
    "fix_en": "Upload the picture again.",
    "retryable": false
  },
  "webhook-not-found": {
    "type": "/problems/webhook-not-found",
    "status": 404,
    "title_ko": "그런 웹훅이나 전송 기록이 없어요",
    "title_en": "That webhook or delivery was not found",
    "fix_ko": "웹훅 목록을 다시 불러와 주세요.",
    "fix_en": "Load the list of webhooks again.",
    "retryable": false
  },
  "weights-unusable": {
    "type": "/problems/weights-unusable",
    "status": 503,
    "title_ko": "모델 파일에 문제가 있어 지금은 만들 수 없어요",
    "title_en": "The model files cannot be used",
    "fix_ko": "운영자가 모델 파일을 다시 받아야 해요. 돈은 들지 않았어요.",
    "fix_en": "The operator has to fetch the model files again. It is not charged.",
    "retryable": false
  },
  "worker-lost": {
    "type": "/problems/worker-lost",
    "status": 503,
    "title_ko": "영상을 만들던 서버가 멈췄어요",
    "title_en": "The GPU that worked on it was lost",
    "fix_ko": "다시 만들기를 눌러 주세요. 돈은 들지 않았어요.",
    "fix_en": "Run it again. This job is not charged.",
    "retryable": true
  },
  "wrong-content-type": {
    "type": "/problems/wrong-content-type",
    "status": 415,
    "title_ko": "Content-Type이 맞지 않아요",
    "title_en": "Wrong content type",
    "fix_ko": "Content-Type: application/json으로 보내 주세요.",
    "fix_en": "Send it with Content-Type: application/json.",
    "retryable": false
  }
} as const;

export type ProblemSlug = keyof typeof PROBLEMS;
