"""What `gpu.core` says of its facts (source, basis, what is open), in the language of the terminal.

The core is English: it knows no terminal. A test finds a fact without its Korean. A source that the operator typed
(`prices --source`) is shown as it is.
"""

from infra.language import language

KOREAN = {
    "measured": "측정",
    "documented": "문서",
    "derived": "계산",
    "assumed": "가정",
    "published output of Modal's billing rates": "공개된 Modal 요금 목록의 출력",
    "the operator's planning rate": "운영자가 계획에 쓰는 환율",
    "a rehearsed end of 1.4 s, eight requests of 0.1 s, and the end of a process with 70 GB": (
        "연습으로 잰 끄는 시간 1.4초, 0.1초짜리 요청 8개, 70 GB 프로세스가 끝나는 시간"
    ),
    "0.15 s measured on one machine, five round trips of 80 ms, and 0.1 s for the call after a series": (
        "한 컴퓨터에서 잰 0.15초, 80 ms 왕복 5번, 묶음 뒤의 호출 0.1초"
    ),
    "the platform names no rate of preemption": "플랫폼이 얼마나 자주 끊기는지 밝히지 않아요",
    "both evaluations of a guided step in one forward with keyframes at 1088p in 8 bits": (
        "8비트 1088p 첫·끝 이미지 방식에서 한 스텝의 계산 두 번을 한꺼번에 하기"
    ),
    "Gemma's own peak apart from what follows it": "뒤에 오는 것을 뺀 Gemma만의 최댓값",
    "LTX-2.3 on an H200 with FlashAttention, and 1088p of it with STG or in second order": (
        "H200에서 FlashAttention으로 만든 LTX-2.3 영상, 그리고 STG나 2차 샘플러로 만든 1088p LTX-2.3 영상"
    ),
    "extending a clip, apart from retake, which computes the same": "이어서 늘이기(계산이 같은 다시 만들기는 쟀어요)",
    "8-bit layers of LTX-2 beside FlashAttention": "FlashAttention과 함께 쓰는 LTX-2의 8비트 레이어",
    "any card but the H200 and the H100": "H200과 H100이 아닌 GPU",
    "restyling in 8 bits": "8비트로 스타일 바꾸기",
    "streaming, which this version cannot do": "가중치를 흘려 보내기(이 버전은 하지 못해요)",
    "a real container: four of its cores, its volume, its boot": "실제 컨테이너의 코어 4개, 볼륨, 부팅",
}


def shown(words: str) -> str:
    """The words of a fact as the terminal shows them."""
    return KOREAN.get(words, words) if language() == "ko" else words
