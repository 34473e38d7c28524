"""What each check is about, in Korean, for the log that owner-operators read: a finding's own words are English.

Knows no check: a test holds its names against the registry.
"""

# Lines and no dictionary: a scanner takes a word like "secrets" beside a quoted text for one.
_LINES = """
vram 고를 수 있는 영상이 모두 GPU 메모리에 들어가는지
text-encoding 글 파일이 모두 UTF-8인지
open-encoding 파일을 열 때 인코딩을 정했는지
console-cp949 코드 페이지 949 콘솔에서 명령이 돌아가는지
image-imports 이미지에 코드가 쓰는 패키지가 다 있는지
pins 버전 고정과 잠금 파일이 같은지
image-resolves 이미지 목록을 설치할 수 있는지
generated-files 만들어 낸 파일이 gpu/와 같은지
routes 부르는 주소가 모두 있는지
pages-config Pages가 wrangler.toml을 받아들이는지
bindings 사이트와 정리 Worker의 바인딩이 코드와 맞는지
d1-migrations 마이그레이션이 돌고 옛 코드도 살아 있는지
d1-applied 적용한 마이그레이션이 그대로인지
target-names 환경 이름이 파일과 같은지
addresses 주소와 아이디가 진짜인지
site-secrets Pages 프로젝트에 비밀값이 있는지
sweeper-secrets 정리 Worker에 비밀값이 있는지
modal-token Modal 토큰이 유효한지
release-keys 배포에 쓰는 키가 여기 있는지
modal-environment Modal 환경이 있는지
modal-secrets 앱의 Modal 비밀값이 있는지
modal-weights 모델 가중치가 온전히 있는지
secrets-tree 파일에 키가 들어 있지 않은지
secrets-staged 올릴 변경에 키가 들어 있지 않은지
secrets-messages 커밋과 태그의 메시지에 키가 들어 있지 않은지
git-branch 이 환경의 브랜치인지
git-clean 커밋하지 않은 변경이나 모르는 파일이 없는지
git-remote 원격 저장소가 답하고 앞서 있지 않은지
cost-cap 기본 영상 값이 한도 안인지
price-age 가격표가 오래되지 않았는지
prediction-drift 지난 배포의 값이 예측과 같았는지
ai-label 영상에 AI가 만들었다는 표시가 있는지
file-syntax 합치다 남은 표시가 없고 모든 파일을 읽을 수 있는지
file-names 올린 파일을 어느 컴퓨터에서나 받을 수 있는지
line-ends 스크립트의 줄바꿈이 맞는지
hidden-signs 보이지 않는 글자가 없는지
printed-signs 콘솔에 없는 글자를 그냥 찍지 않는지
lock-entries 잠금 파일이 온전하고 손대지 않았는지
python-version 어디서나 시험한 파이썬을 쓰는지
edge-types Functions와 화면 코드가 컴파일되는지
page-build 화면을 빌드할 수 있는지
functions-build Functions를 빌드할 수 있는지
weights-pinned 모델 가중치의 판이 정해졌는지
migrations-published 내보낸 마이그레이션이 그대로인지
same-database 데이터베이스가 내보낸 그것인지
gpu-entry GPU 서비스가 열쇠를 묻는지
secret-names 비밀값 이름이 코드와 같은지
secrets-history 올릴 커밋에 키가 들어 있지 않은지
rates 단가와 환율의 크기가 맞는지
price-revision 값이 바뀔 때 판 번호도 바뀌었는지
caps 한도가 영상마다 날마다 걸리는지
lost-jobs 잃어버린 작업을 찾아 끝내는지
target-limits 환경의 모델과 한도가 사람에게 쓸 것인지
signing-key 영상에 서명하는 키를 쓸 수 있는지
"""
KOREAN: dict[str, str] = {name: words for name, _, words in (row.partition(" ") for row in _LINES.split("\n") if row)}


def logged(check: str, message: str) -> str:
    """A finding as the reflection log keeps it: what was looked at in Korean, the check's name, what it saw."""
    return f"{KOREAN[check]} · {check}: {message}"
